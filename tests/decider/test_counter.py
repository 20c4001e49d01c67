"""
The counter: what people order takes effect before the signals that wait, is answered once, and survives restarts.

The queue is the list of records that a test has not handed to the desk yet.
"""

import pytest

from decider.offices import Office
from decider.stories import START, breach, command, policy, roll_back_now, started
from rollguard_schemas.commands import Approve, Freeze, KillSwitch, Mute, Quarantine, Release, Unfreeze, Veto
from rollguard_schemas.decisions import RollbackDecided, Withheld
from rollguard_schemas.topics import COMMANDS

ASKED = {"approval": {"required": True}}


async def _office(*facts, **rules):
    office = Office()
    office.put(policy(**rules))
    await office.take(started(), *facts)
    return office


def _last(office):
    return office.decisions()[-1]


def _reason(office):
    return getattr(_last(office), "reason", "acts")


async def _hears(office, *events):
    """Let orders lie on their topic and be heard beside the queue; return their records, which the queue still has to bring."""
    records = [office.put(event) for event in events]
    await office.context.poll()
    return records


async def test_roll_back_now_is_answered_before_what_waits():
    office = await _office()
    await _hears(office, roll_back_now())
    assert await office.counter.step() == 1
    assert isinstance(_last(office), RollbackDecided)


async def test_the_queue_finds_the_order_answered_and_the_action_in_its_state():
    office = await _office()
    (order,) = await _hears(office, roll_back_now())
    await office.counter.step()
    await office.desk.take(order, office.table)
    await office.take(breach())

    rollback, withheld = office.decisions()
    assert isinstance(rollback, RollbackDecided)
    assert withheld.decision_id == rollback.id
    assert office.known().fence == rollback.fence


async def test_an_approval_is_answered_before_what_waits():
    office = await _office(breach(), **ASKED)
    await _hears(office, command(Approve, at=70, decision_id=_last(office).id))
    await office.counter.step()
    assert (_last(office).mode, _last(office).signal_ids) == ("act", ("c-1",))


async def test_an_order_is_answered_once_however_often_the_counter_looks():
    office = await _office()
    await _hears(office, roll_back_now())
    assert [await office.counter.step() for _ in range(3)] == [1, 0, 0]
    assert len(office.decisions()) == 1


async def test_a_process_after_the_one_that_answered_does_not_answer_again():
    first = await _office()
    (order,) = await _hears(first, roll_back_now())
    await first.counter.step()

    second = Office(first.bus, table=dict(first.table))
    await second.desk.take(order, second.table)
    assert await second.counter.step() == 0
    assert len(second.decisions()) == 1
    assert second.known().fence == 1


async def test_an_order_given_while_no_decider_ran_is_answered_first():
    first = await _office()
    signal, _ = first.put(breach()), first.put(roll_back_now())

    second = Office(first.bus, table=dict(first.table))
    await second.desk.take(first.bus.records("rollguard-rollouts")[0], second.table)
    await second.counter.step()
    await second.desk.take(signal, second.table)
    assert [type(one) for one in second.decisions()] == [RollbackDecided, Withheld]


async def test_roll_back_now_knows_the_rollout_that_still_waits():
    office = await _office()
    await _hears(office, started("ro-9", old="8", new="9", at=40.0), roll_back_now(at=50))
    await office.counter.step()
    assert (_last(office).suspect_revision, _last(office).target_revision) == ("9", "8")


async def test_without_its_partition_the_counter_leaves_an_order_to_others():
    office = await _office()
    office.not_owned = {COMMANDS.name}
    await _hears(office, roll_back_now())
    assert await office.counter.step() == 0
    assert office.decisions() == []


async def test_after_a_rebalance_the_counter_waits_for_the_state():
    office = await _office()
    office.desk.close()
    await _hears(office, roll_back_now())
    assert await office.counter.step() == 0
    assert office.decisions() == []
    await office.take(started("ro-9", old="8", new="9"))
    assert await office.counter.step() == 1


async def test_an_old_order_without_an_answer_is_left_to_the_queue():
    office = await _office()
    await _hears(office, roll_back_now())
    office.clock.now += 3600
    assert await office.counter.step() == 0


async def test_an_order_that_is_refused_is_not_answered():
    office = await _office()
    await _hears(office, roll_back_now(why=""))
    assert await office.counter.step() == 0


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (command(Freeze), "frozen"),
        (command(Mute), "muted"),
        (command(KillSwitch, engaged=True), "kill-switch"),
        (command(Quarantine, revision="7"), "no-last-good-revision"),
    ],
)
async def test_a_restraint_holds_the_signals_that_came_before_it(order, reason):
    office = await _office()
    signal = office.put(breach())
    (heard,) = await _hears(office, order)
    await office.desk.take(signal, office.table)
    assert _reason(office) == reason
    await office.desk.take(heard, office.table)
    await office.take(breach("s-2", at=70, episode="ep-2"))
    assert _reason(office) == reason


@pytest.mark.parametrize(
    ("hold", "lift"),
    [
        (command(Freeze), command(Unfreeze, id="c-2")),
        (command(KillSwitch, engaged=True), command(KillSwitch, id="c-2", engaged=False)),
        (command(Quarantine, revision="7"), command(Release, id="c-2", revision="7")),
    ],
)
async def test_what_is_lifted_lets_act_before_the_queue_brings_it(hold, lift):
    office = await _office(hold)
    signal = office.put(breach())
    await _hears(office, lift)
    await office.desk.take(signal, office.table)
    assert _reason(office) == "acts"


async def test_the_fleets_release_lets_act_before_the_queue_brings_it():
    office = await _office()
    await office.take_fleet(command(KillSwitch, workload="*", engaged=True))
    before = dict(office.table)
    await office.take_fleet(command(KillSwitch, id="c-2", workload="*", engaged=False))
    office.table = before
    await office.take(breach())
    assert _reason(office) == "acts"


async def test_a_veto_holds_what_still_waits():
    decision = (await _office(breach())).decisions()[0]
    office = await _office()
    signal = office.put(breach())
    await _hears(office, command(Veto, decision_id=decision.id))
    await office.desk.take(signal, office.table)
    assert _reason(office) == "vetoed"


async def test_an_earlier_order_that_the_queue_brings_late_undoes_nothing():
    office = await _office()
    hold, _ = await _hears(office, command(Freeze), command(Unfreeze, id="c-2"))
    await office.desk.take(hold, office.table)
    await office.take(breach())
    assert _reason(office) == "acts"


async def test_an_order_that_the_queue_brings_first_is_known_beside_it_as_well():
    office = await _office(command(Freeze))
    await office.take(command(Unfreeze, id="c-2"))
    assert office.known().own.frozen is None
    assert office.context.orders.has_read(office.bus.records(COMMANDS.name)[-1])
    assert office.clock.now > START
