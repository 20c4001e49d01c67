"""
An approval that nobody gave is said when its time is over: once, with the time at which it was due, live as in a replay.
"""

import msgspec
import pytest

from decider.offices import Office
from decider.stories import START, breach, command, policy, reverted, started
from rollguard_decider.replay import Replay
from rollguard_schemas.commands import Approve, Veto
from rollguard_schemas.decisions import RollbackDecided, Withheld
from rollguard_schemas.topics import DECISIONS

RULES = {"approval": {"required": True, "timeoutSeconds": 600}}
DUE = START + 60 + 600


async def _asked():
    """Let a rollback be recommended at 60 s, and hear of it."""
    office = Office()
    office.put(policy(**RULES))
    await office.take(started(), breach())
    await office.context.poll()
    return office


async def _at(office, seconds):
    office.clock.now = seconds
    return await office.timers.step()


async def test_the_end_of_an_approval_is_said_when_it_is_over():
    office = await _asked()
    assert await _at(office, DUE) == 0
    assert await _at(office, DUE + 5) == 1

    asked, word = office.decisions()
    assert isinstance(word, Withheld)
    assert (word.reason, word.decision_id, word.time_unix_seconds) == ("approval-expired", asked.id, DUE)
    assert "nobody approved within 10 min, so revision 8 stays" in word.explanation.summary
    assert word.episode == asked.episode


async def test_it_is_said_once_by_any_process():
    office = await _asked()
    assert [await _at(office, DUE + more) for more in (5, 6)] == [1, 0]
    second = Office(office.bus, table=dict(office.table))
    await second.take(breach("s-2", at=70, episode="ep-2"))
    assert await _at(second, DUE + 10) == 0


@pytest.mark.parametrize("kind", [Approve, Veto])
async def test_what_a_person_settled_needs_no_word(kind):
    office = await _asked()
    await office.take(command(kind, at=90, decision_id=office.decisions()[0].id))
    assert await _at(office, DUE + 5) == 0


@pytest.mark.parametrize("fact", [reverted(), started("ro-9", old="8", new="9", at=100)])
async def test_what_was_overtaken_needs_no_word(fact):
    office = await _asked()
    await office.take(fact)
    assert await _at(office, DUE + 5) == 0


async def test_whoever_does_not_own_the_workload_says_nothing():
    office = await _asked()
    office.not_owned = {DECISIONS.name}
    assert await _at(office, DUE + 5) == 0


async def test_a_late_approval_is_still_answered_as_too_late():
    office = await _asked()
    await _at(office, DUE + 5)
    await office.take(command(Approve, at=700, decision_id=office.decisions()[0].id))
    assert office.decisions()[-1].reason == "approval-expired"


async def test_a_replay_says_the_same_bytes():
    office = await _asked()
    await _at(office, DUE + 5)
    late = breach("s-2", at=900, episode="ep-2")
    office.clock.now = START + 900
    await office.take(late)

    replay = Replay({"shop/fraud-scorer": policy(**RULES)})
    played = [one for fact in (started(), breach(), late) for one in replay.take(fact, _heard(fact))]
    assert msgspec.json.encode(played) == msgspec.json.encode(office.decisions())
    assert [type(one) for one in played] == [RollbackDecided, Withheld, Withheld]


def _heard(fact):
    """Return when the office heard a fact: all that lies in its first minute at its end."""
    return max(START + 60, fact.time_unix_seconds)
