"""
Decisions on the bus: one answer each, whatever fails or dies in between.
"""

import pytest

from actuator.process import Actuator, said, say
from actuator.registry import FakeDriver, FakeRegistry, Killed
from actuator.saying import NOW, TARGET, policy, recovered, restart, rollback, serving, withheld
from rollguard_actuator.drivers.dry_run import DryRun
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_schemas.codec import OutgoingRecord
from rollguard_schemas.decisions import Verification
from rollguard_schemas.outcomes import ActionApplied, Failed, Skipped, Succeeded, Superseded, Unverified
from rollguard_schemas.rollouts import RolloutFinished, RolloutReverted, RolloutStarted
from rollguard_schemas.topics import DECISIONS, OUTCOMES, ROLLOUTS, SIGNALS

DOWN = Temporary("down", retry_after_seconds=0)


@pytest.fixture
def registry():
    """Two versions; the second is live."""
    registry = FakeRegistry()
    registry.register("fraud", "1")
    registry.register("fraud", "2")
    registry.point(TARGET, "2")
    return registry


@pytest.fixture
def actuator(bus, registry, clock):
    return Actuator(bus, registry, clock)


def outcomes(bus):
    return said(bus, OUTCOMES)


def kinds(bus):
    return [type(outcome) for outcome in outcomes(bus)]


async def test_a_rollback_moves_the_alias_and_says_every_step_with_before_and_after(bus, registry, actuator):
    say(bus, rollback())
    await (await actuator.start()).decide()
    (outcome,) = outcomes(bus)
    assert registry.aliases[TARGET] == "1"
    assert [(step.name, step.status) for step in outcome.steps] == [
        ("observe", "done"),
        ("look-up", "done"),
        ("claim", "done"),
        ("move", "done"),
        ("mark", "done"),
    ]
    assert (outcome.steps[3].before, outcome.steps[3].after) == ("2", "1")
    assert (outcome.time_unix_seconds, outcome.verify_by_unix_seconds) == (NOW, NOW + 60)


async def test_the_answer_continues_the_decisions_trace(bus, actuator):
    say(bus, rollback())
    await (await actuator.start()).decide()
    (record,) = bus.records(OUTCOMES.name)
    assert "traceparent" in dict(record.headers)


async def test_a_decision_that_is_delivered_twice_is_answered_once(bus, registry, actuator):
    say(bus, rollback(), rollback())
    await (await actuator.start()).decide()
    assert (kinds(bus), registry.moves) == ([ActionApplied], ["decision-1"])


async def test_a_decision_that_was_answered_before_a_restart_is_left_alone(bus, registry, clock, actuator):
    say(bus, rollback())
    await (await actuator.start()).decide()
    await actuator.die()
    reads = registry.reads
    bus.committed.clear()
    await (await Actuator(bus, registry, clock).start()).decide()
    assert (kinds(bus), registry.reads) == ([ActionApplied], reads)


@pytest.mark.parametrize("point", ["PutClaim", "Move", "Mark"])
async def test_a_crash_after_any_change_is_resumed_and_moves_once(bus, registry, clock, actuator, point):
    say(bus, rollback())
    registry.kill_after = point
    await actuator.start()
    with pytest.raises(Killed):
        await actuator.decide()
    await actuator.die()
    await (await Actuator(bus, registry, clock).start()).decide()
    assert (kinds(bus), registry.moves) == ([ActionApplied], ["decision-1"])
    assert registry.marks["fraud", "1"] == ("champion", "decision-1")


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_crash_around_saying_so_is_resumed_and_moves_once(bus, registry, clock, actuator, moment):
    say(bus, rollback())
    actuator.sink.kill = moment
    await actuator.start()
    with pytest.raises(Killed):
        await actuator.decide()
    await actuator.die()
    await (await Actuator(bus, registry, clock).start()).decide()
    assert (kinds(bus), registry.moves) == ([ActionApplied], ["decision-1"])


async def test_what_is_resumed_is_verified_from_the_time_of_its_claim(bus, registry, clock, actuator):
    say(bus, rollback())
    registry.kill_after = "Move"
    await actuator.start()
    with pytest.raises(Killed):
        await actuator.decide()
    await actuator.die()
    say(bus, serving("1", at=NOW + 5))
    clock.now = NOW + 400
    again = await Actuator(bus, registry, clock).start()
    await again.decide()
    await again.keep_books()
    assert kinds(bus) == [ActionApplied, Succeeded]


async def test_a_withheld_decision_needs_no_answer(bus, registry, actuator):
    say(bus, withheld())
    await (await actuator.start()).decide()
    assert (outcomes(bus), registry.reads) == ([], 0)


@pytest.mark.parametrize("decision", [restart(), rollback(mode="recommend"), rollback(mode="observe")])
async def test_what_the_driver_may_or_can_not_do_is_skipped_without_a_look_at_the_target(bus, registry, actuator, decision):
    say(bus, decision)
    await (await actuator.start()).decide()
    assert (kinds(bus), registry.reads) == ([Skipped], 0)


async def test_a_suspect_that_no_longer_serves_supersedes_and_nothing_is_touched(bus, registry, actuator):
    registry.point(TARGET, "3")
    say(bus, rollback())
    await (await actuator.start()).decide()
    assert kinds(bus) == [Superseded]
    assert (registry.aliases[TARGET], registry.claims, registry.marks) == ("3", {}, {})


async def test_a_decision_with_a_lower_fence_than_one_that_acted_is_superseded(bus, registry, actuator):
    say(bus, rollback(fence=5))
    await (await actuator.start()).decide()
    registry.point(TARGET, "2")
    say(bus, rollback(id="decision-old", fence=4))
    await actuator.decide()
    assert (kinds(bus), registry.moves) == ([ActionApplied, Superseded], ["decision-1"])


async def test_a_decision_past_its_deadline_is_skipped(bus, registry, clock, actuator):
    say(bus, rollback())
    clock.now = NOW + 301
    await (await actuator.start()).decide()
    assert (kinds(bus), registry.moves) == ([Skipped], [])


async def test_a_registry_that_is_away_for_a_moment_is_waited_for(bus, registry, actuator):
    registry.trouble = {"observe": [DOWN, DOWN], "Move": [DOWN]}
    say(bus, rollback())
    await (await actuator.start()).decide()
    assert kinds(bus) == [ActionApplied]
    assert outcomes(bus)[0].attempt == 4


async def test_a_registry_that_is_away_until_the_deadline_fails_the_decision(bus, registry, clock, actuator):
    registry.trouble = {"observe": [DOWN, DOWN]}
    say(bus, rollback())
    await actuator.start()
    received = [actuator.handler.read(record) for record in bus.records(DECISIONS.name)]
    with pytest.raises(Temporary):
        await actuator.handler.handle(received)
    clock.now = NOW + 301
    await actuator.handler.handle(received)
    assert kinds(bus) == [Failed]
    assert outcomes(bus)[0].summary == "down"


async def test_a_registry_that_comes_back_after_the_deadline_fails_the_decision_too(bus, registry, clock, actuator):
    registry.trouble = {"observe": [DOWN]}
    say(bus, rollback())
    await actuator.start()
    received = [actuator.handler.read(record) for record in bus.records(DECISIONS.name)]
    with pytest.raises(Temporary):
        await actuator.handler.handle(received)
    clock.now = NOW + 301
    await actuator.handler.handle(received)
    assert (kinds(bus), registry.moves) == ([Failed], [])


async def test_a_refusal_of_the_registry_fails_the_decision_and_says_how_far_it_got(bus, registry, actuator):
    registry.trouble = {"Move": [Permanent("no permission")]}
    say(bus, rollback())
    await (await actuator.start()).decide()
    (outcome,) = outcomes(bus)
    assert isinstance(outcome, Failed)
    assert [step.name for step in outcome.steps] == ["observe", "look-up", "claim", "act"]
    assert outcome.steps[-1].detail == "no permission"


async def test_a_mark_that_cannot_be_written_does_not_undo_the_answer(bus, registry, actuator):
    registry.trouble = {"Mark": [Permanent("no permission")]}
    say(bus, rollback())
    await (await actuator.start()).decide()
    (outcome,) = outcomes(bus)
    assert isinstance(outcome, ActionApplied)
    assert outcome.steps[-1].status == "failed"


async def test_one_target_in_trouble_does_not_undo_the_answers_before_it(bus, registry, clock, actuator):
    say(bus, rollback(id="decision-0", suspect_revision="9"), rollback())
    registry.trouble = {"Move": [DOWN]}
    await actuator.start()
    received = [actuator.handler.read(record) for record in bus.records(DECISIONS.name)]
    with pytest.raises(Temporary):
        await actuator.handler.handle(received)
    assert kinds(bus) == [Superseded]
    await actuator.handler.handle(received)
    assert kinds(bus) == [Superseded, ActionApplied]


async def test_a_dry_run_says_what_it_would_have_done_and_does_nothing(bus, registry, clock):
    actuator = Actuator(bus, registry, clock, driver=DryRun(FakeDriver(registry)))
    say(bus, rollback())
    await (await actuator.start()).decide()
    (outcome,) = outcomes(bus)
    assert isinstance(outcome, Skipped)
    assert outcome.summary.startswith("dry run: 2 gives way to 1")
    assert [step.status for step in outcome.steps][-3:] == ["planned"] * 3
    assert (registry.aliases[TARGET], registry.claims, registry.marks) == ("2", {}, {})


async def test_a_rollback_is_verified_by_telemetry_and_told_as_a_revert(bus, registry, actuator):
    say(bus, policy())
    registry.point(TARGET, "1")
    await actuator.start()
    await actuator.look()
    registry.point(TARGET, "2")
    await actuator.look()
    say(bus, rollback(verification=Verification(within_seconds=60, objective="latency")))
    await actuator.decide()
    await actuator.look()
    say(bus, serving("1"), recovered("1"))
    await actuator.keep_books()
    assert kinds(bus) == [ActionApplied, Succeeded]
    assert [type(event) for event in said(bus, ROLLOUTS)] == [RolloutStarted, RolloutStarted, RolloutReverted]
    assert said(bus, ROLLOUTS)[-1].decision_id == "decision-1"


async def test_without_telemetry_the_end_is_unverified(bus, registry, clock, actuator):
    say(bus, rollback())
    await (await actuator.start()).decide()
    clock.now = NOW + 61
    await actuator.keep_books()
    await actuator.keep_books()
    assert kinds(bus) == [ActionApplied, Unverified]
    assert outcomes(bus)[-1].steps[-1].detail == "not heard in time: serving"


async def test_a_verification_goes_on_after_a_restart(bus, registry, clock, actuator):
    say(bus, rollback())
    await (await actuator.start()).decide()
    await actuator.die()
    say(bus, serving("1"))
    again = await Actuator(bus, registry, clock).start()
    await again.keep_books()
    assert kinds(bus) == [ActionApplied, Succeeded]


async def test_a_rollout_is_finished_when_telemetry_reports_it(bus, registry, actuator):
    say(bus, policy())
    await (await actuator.start()).keep_books()
    await actuator.look()
    say(bus, serving("2"))
    await actuator.keep_books()
    await actuator.keep_books()
    assert [type(event) for event in said(bus, ROLLOUTS)] == [RolloutStarted, RolloutFinished]


async def test_a_restart_says_no_rollout_again(bus, registry, clock, actuator):
    say(bus, policy())
    await (await actuator.start()).look()
    again = await Actuator(bus, registry, clock).start()
    await again.look()
    assert len(said(bus, ROLLOUTS)) == 1


async def test_a_target_whose_policy_was_deleted_is_watched_no_more(bus, registry, actuator):
    say(bus, policy())
    bus.append(OutgoingRecord("rollguard-policies", b"shop/fraud", None))
    await (await actuator.start()).look()
    assert registry.reads == 0


async def test_a_target_that_cannot_be_watched_does_not_stop_the_watch(bus, registry, actuator):
    other = "shop/other"
    say(bus, policy(), policy(workload=other))
    registry.trouble = {"observe": [Permanent("edited")]}
    await (await actuator.start()).look()
    assert len(said(bus, ROLLOUTS)) == 1


async def test_what_is_no_decision_is_dead_lettered_and_the_next_is_performed(bus, actuator):
    bus.append(OutgoingRecord(DECISIONS.name, b"shop/fraud", b"{"))
    say(bus, rollback())
    await (await actuator.start()).decide()
    assert kinds(bus) == [ActionApplied]
    assert len(bus.records(DECISIONS.dead_letter_name)) == 1


@pytest.mark.parametrize("topic", [OUTCOMES, SIGNALS])
async def test_what_cannot_be_read_on_a_followed_topic_is_left_to_the_decider(bus, actuator, topic):
    await actuator.start()
    bus.append(OutgoingRecord(topic.name, b"shop/fraud", b"{"))
    await actuator.keep_books()
    assert bus.records(topic.dead_letter_name) == []
