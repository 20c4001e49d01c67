"""
A decision over two targets is one: both go back, or both are where they were, whatever dies or fails in between.
"""

import pytest

from actuator.process import Actuator, said, say
from actuator.registry import FakeDriver, FakeRegistry, Killed
from actuator.saying import NOW, TARGET, policy, rollback, serving
from rollguard_actuator.drivers.dry_run import DryRun
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_schemas.decisions import Leg
from rollguard_schemas.outcomes import ActionApplied, Compensating, Failed, Skipped, StepApplied, Succeeded, Superseded
from rollguard_schemas.rollouts import Beside, RolloutProgressed, RolloutStarted
from rollguard_schemas.targets import MlflowAlias
from rollguard_schemas.topics import DECISIONS, OUTCOMES, ROLLOUTS

BESIDE = MlflowAlias(model="features", alias="champion")
DECISION = rollback(also=(Leg(target=BESIDE, suspect_revision="20", target_revision="10"),))
AWAY = Temporary("away", retry_after_seconds=0)
BOTH_BACK, AS_BEFORE = ("1", "10"), ("2", "20")


@pytest.fixture
def registry():
    registry = FakeRegistry()
    for model, versions in (("fraud", "12"), ("features", ("10", "20"))):
        for version in versions:
            registry.register(model, version)
    registry.point(TARGET, "2")
    registry.point(BESIDE, "20")
    return registry


async def live_through(bus, registry, clock, lives=1):
    """Run processes one after the other; all but the last may be killed."""
    say(bus, DECISION)
    for _ in range(lives):
        actuator = await Actuator(bus, registry, clock).start()
        try:
            await actuator.decide()
        except Killed:
            await actuator.die()
    return actuator


async def half_way(bus, registry, clock):
    """Leave the main target away while the other is changed, and return how the decision is offered again."""
    say(bus, DECISION)
    actuator = await Actuator(bus, registry, clock).start()
    received = [actuator.handler.read(record) for record in bus.records(DECISIONS.name)]
    registry.trouble = {("Move", TARGET): [AWAY]}
    with pytest.raises(Temporary):
        await actuator.handler.handle(received)
    return lambda: actuator.handler.handle(received)


def kinds(bus):
    return [type(outcome) for outcome in said(bus, OUTCOMES)]


def live(registry):
    return registry.aliases[TARGET], registry.aliases[BESIDE]


async def test_both_go_back_the_main_one_last_and_each_step_is_told(bus, registry, clock):
    actuator = await live_through(bus, registry, clock)
    step, end = said(bus, OUTCOMES)
    assert (live(registry), type(step), type(end)) == (BOTH_BACK, StepApplied, ActionApplied)
    assert (step.target, step.suspect_revision, step.target_revision) == (BESIDE, "20", "10")
    say(bus, serving("1", at=NOW + 5))
    await actuator.keep_books()
    assert kinds(bus) == [StepApplied, ActionApplied, Succeeded]


@pytest.mark.parametrize("target", [TARGET, BESIDE])
@pytest.mark.parametrize("change", ["PutClaim", "Move", "Mark"])
async def test_a_crash_after_any_change_of_either_is_resumed_and_moves_each_once(bus, registry, clock, change, target):
    registry.kill_after = (change, target)
    await live_through(bus, registry, clock, lives=2)
    assert (live(registry), kinds(bus)[-1], len(registry.moves)) == (BOTH_BACK, ActionApplied, 2)
    assert set(kinds(bus)) == {StepApplied, ActionApplied}


async def test_the_first_is_put_back_if_the_second_fails_for_good(bus, registry, clock):
    registry.trouble = {("Move", TARGET): [Permanent("no")]}
    await live_through(bus, registry, clock)
    assert (live(registry), kinds(bus)) == (AS_BEFORE, [StepApplied, Compensating, Failed])
    end = said(bus, OUTCOMES)[-1]
    assert [(step.name, step.status, step.after) for step in end.steps if step.name == "put-back"] == [("put-back", "done", "20")]
    assert "what was changed before is as it was" in end.summary
    assert registry.marks == {}


@pytest.mark.parametrize("kill", [("PutClaim", BESIDE), ("Move", BESIDE), None])
async def test_a_crash_on_the_way_back_is_resumed_on_the_way_back(bus, registry, clock, kill):
    registry.trouble = {("Move", TARGET): [Permanent("no")]}
    say(bus, DECISION)
    actuator = await Actuator(bus, registry, clock).start()
    registry.kill_after = ("PutClaim", TARGET)
    with pytest.raises(Killed):
        await actuator.decide()
    await actuator.die()
    registry.kill_after = kill
    await live_through(bus, registry, clock, lives=2)
    assert (live(registry), kinds(bus)) == (AS_BEFORE, [StepApplied, Compensating, Failed])


async def test_nothing_is_touched_if_one_of_them_would_be_refused(bus, registry, clock):
    registry.versions["fraud", "1"] = False
    await live_through(bus, registry, clock)
    assert (live(registry), kinds(bus), registry.claims) == (AS_BEFORE, [Failed], {})


async def test_nothing_is_touched_if_somebody_moved_one_of_them(bus, registry, clock):
    registry.point(BESIDE, "30")
    await live_through(bus, registry, clock)
    assert (registry.aliases[TARGET], kinds(bus), registry.claims) == ("2", [Superseded], {})


async def test_a_target_that_is_away_is_waited_for_and_given_up_at_the_deadline_with_the_first_put_back(bus, registry, clock):
    handle = await half_way(bus, registry, clock)
    assert (live(registry), kinds(bus)) == (("2", "10"), [StepApplied])
    clock.now = NOW + 301
    await handle()
    assert (live(registry), kinds(bus)) == (AS_BEFORE, [StepApplied, Compensating, Failed])


async def test_who_moved_the_first_on_since_is_not_undone_on_the_way_back(bus, registry, clock):
    handle = await half_way(bus, registry, clock)
    registry.point(BESIDE, "30")
    await handle()
    assert (registry.aliases[BESIDE], kinds(bus)) == ("30", [StepApplied, Compensating, Failed])


async def test_a_dry_run_says_both_and_changes_neither(bus, registry, clock):
    say(bus, DECISION)
    await (await Actuator(bus, registry, clock, driver=DryRun(FakeDriver(registry))).start()).decide()
    (outcome,) = said(bus, OUTCOMES)
    assert (live(registry), type(outcome)) == (AS_BEFORE, Skipped)
    assert [step.after for step in outcome.steps if step.name == "move"] == ["10", "1"]


async def test_a_rollout_tells_where_the_other_targets_point_and_when_they_move(bus, registry, clock):
    say(bus, policy(also=(BESIDE,)))
    actuator = await Actuator(bus, registry, clock).start()
    for beside in ("20", "20", "10"):
        registry.point(BESIDE, beside)
        await actuator.look()
    started, moved = said(bus, ROLLOUTS)
    assert (type(started), type(moved)) == (RolloutStarted, RolloutProgressed)
    assert (started.also, moved.also) == tuple((Beside(target=BESIDE, revision=one),) for one in ("20", "10"))
    again = await Actuator(bus, registry, clock).start()
    await again.look()
    assert len(said(bus, ROLLOUTS)) == 2
