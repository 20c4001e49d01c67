"""
The desk: what reaches the topics and the table, whatever goes wrong in between.
"""

import asyncio

import pytest

from decider.offices import FlakySink, Office, soon
from decider.stories import WORKLOAD, breach, command, outcome, policy, started
from rollguard_runtime.errors import FloodOfDeadLetters
from rollguard_runtime.memory import MemoryBus
from rollguard_schemas.codec import OutgoingRecord
from rollguard_schemas.commands import KillSwitch
from rollguard_schemas.decisions import RollbackDecided, Withheld
from rollguard_schemas.outcomes import Succeeded
from rollguard_schemas.topics import COMMANDS, DECISIONS, POLICIES, SIGNALS


class BrokenTable(dict):
    """A table whose writes fail, as a wrong version of ours would make them."""

    def __init__(self, failures):
        super().__init__()
        self.failures = failures

    def __setitem__(self, key, value):
        if self.failures:
            self.failures -= 1
            raise RuntimeError("no room")
        super().__setitem__(key, value)


def _kinds(office):
    return [type(one) for one in office.decisions()]


async def test_a_breach_becomes_a_decision_and_is_remembered():
    office = Office()
    office.put(policy())
    await office.take(started(), breach())

    assert _kinds(office) == [RollbackDecided]
    assert office.known().answered == ("s-1",)
    assert office.known().phase == "acting"


async def test_a_decision_continues_its_signals_trace():
    office = Office()
    office.put(policy())
    await office.take(started(), breach())
    headers = dict(office.bus.records(DECISIONS.name)[0].headers)
    assert headers["ce_source"] == b"/rollguard/decider"
    assert headers["traceparent"].startswith(b"00-")


async def test_a_policy_that_lies_on_its_topic_is_known_before_the_first_signal():
    office = Office()
    office.put(policy(mode="recommend"), started(), breach())
    await office.take(started(), breach())
    assert office.decisions()[0].mode == "recommend"


async def test_a_policy_that_is_deleted_decides_no_more():
    office = Office()
    office.put(policy())
    office.put_raw(OutgoingRecord(POLICIES.name, WORKLOAD.encode(), None))
    await office.take(started(), breach())
    assert office.decisions()[0].reason == "no-policy"


async def test_a_policy_that_cannot_be_read_is_a_dead_letter_and_leaves_the_old_one_in_force():
    office = Office()
    office.put(policy())
    await office.take_raw(POLICIES.name, b'{"kind": "RollbackPolicy"}')
    await office.take(started(), breach())

    assert len(office.dead_letters(POLICIES.name)) == 1
    assert _kinds(office) == [RollbackDecided]


@pytest.mark.parametrize("topic", [SIGNALS.name, "rollguard-rollouts", "rollguard-outcomes", COMMANDS.name])
async def test_bytes_that_are_no_event_are_dead_letters(topic):
    office = Office()
    await office.take_raw(topic, b"\xff")
    letter = office.dead_letters(topic)[0]
    assert letter.value == b"\xff"
    assert dict(letter.headers)["__connect.errors.class.name"] == b"not-json"
    assert office.decisions() == []


async def test_a_flood_of_dead_letters_ends_the_process_and_leaves_the_record_undone():
    office = Office(dead_letter_limit=2)
    for _ in range(2):
        await office.take_raw(SIGNALS.name, b"{}")
    last = asyncio.ensure_future(office.take_raw(SIGNALS.name, b"{}"))
    await soon(office.desk.flooded.done)

    assert isinstance(office.desk.flooded.exception(), FloodOfDeadLetters)
    assert not last.done()
    assert len(office.dead_letters(SIGNALS.name)) == 2
    last.cancel()


async def test_a_fault_that_passes_costs_no_record():
    office = Office(table=BrokenTable(failures=2))
    office.put(policy())
    await office.take(started(), breach())
    assert _kinds(office) == [RollbackDecided]
    assert office.dead_letters(SIGNALS.name) == []


async def test_a_record_that_always_breaks_the_desk_is_a_dead_letter_and_no_exception():
    office = Office(table=BrokenTable(failures=3))
    await office.take(started())
    letter = office.dead_letters("rollguard-rollouts")[0]
    assert dict(letter.headers)["__connect.errors.class.name"] == b"handler-failed"
    office.put(policy())
    await office.take(breach())
    assert _kinds(office) == [Withheld]


async def test_a_broker_that_does_not_answer_is_waited_for():
    bus = MemoryBus(now_ms=lambda: 1_800_000_060_000)
    office = Office(bus, sink=FlakySink(bus.sink(), failures=3))
    office.put(policy())
    await office.take(started(), breach())
    assert _kinds(office) == [RollbackDecided]


async def test_nothing_is_remembered_before_the_broker_has_the_decision():
    bus = MemoryBus(now_ms=lambda: 1_800_000_060_000)
    sink = FlakySink(bus.sink(), failures=10**9)
    office = Office(bus, sink=sink)
    office.put(policy())
    await office.take(started())
    taking = asyncio.ensure_future(office.take(breach()))
    await soon(lambda: sink.failures < 10**9)
    assert office.known().answered == ()
    taking.cancel()


async def test_a_process_that_died_between_decision_and_table_says_nothing_twice():
    first = Office()
    first.put(policy())
    await first.take(started())
    before = dict(first.table)
    await first.take(breach())

    second = Office(first.bus, table=before)
    for record in first.bus.records(SIGNALS.name):
        await second.desk.take(record, second.table)
    await second.take(breach("s-2", at=70))

    rollback, withheld = second.decisions()
    assert isinstance(rollback, RollbackDecided)
    assert withheld.decision_id == rollback.id
    assert second.known().fence == 1


async def test_a_signal_that_comes_twice_is_answered_once():
    office = Office()
    office.put(policy())
    await office.take(started(), breach(), breach())
    assert len(office.decisions()) == 1


async def test_outcomes_move_the_phase():
    office = Office()
    office.put(policy())
    await office.take(started(), breach())
    await office.take(outcome(Succeeded, office.decisions()[0]))
    assert office.known().phase == "steady"


async def test_the_fleets_kill_switch_holds_every_workload():
    office = Office()
    office.put(policy())
    await office.take(started())
    await office.take_fleet(command(KillSwitch, workload="*", engaged=True))
    await office.take(breach())
    assert office.decisions()[0].reason == "kill-switch"


async def test_a_kill_switch_pulled_while_no_decider_ran_holds_the_signals_that_waited():
    office = Office()
    signal = office.put(policy(), started(), breach())
    office.put(command(KillSwitch, engaged=True))
    await office.desk.take(office.bus.records("rollguard-rollouts")[0], office.table)
    await office.desk.take(signal, office.table)
    assert office.decisions()[0].reason == "kill-switch"


async def test_the_fleets_kill_switch_survives_in_the_table_alone():
    first = Office()
    await first.take_fleet(command(KillSwitch, workload="*", engaged=True))
    second = Office(table=first.table)
    second.put(policy())
    await second.take(started(), breach())
    assert second.decisions()[0].reason == "kill-switch"


async def test_a_kill_switch_released_lets_act_again():
    office = Office()
    office.put(policy())
    await office.take_fleet(command(KillSwitch, workload="*", engaged=True))
    await office.take_fleet(command(KillSwitch, id="c-2", workload="*", engaged=False))
    await office.context.poll()
    await office.take(started(), breach())
    assert _kinds(office) == [RollbackDecided]
