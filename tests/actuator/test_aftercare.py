"""
What was done for a while: a light model that hands back once the primary is verified, replicas that go when their time is over.
"""

import pytest

from actuator.process import Actuator, said, say
from actuator.registry import FakeDriver, FakeRegistry, Killed
from actuator.saying import NOW, TARGET, fallback, rollback, scale_out, serving
from rollguard_actuator.drivers.dry_run import DryRun
from rollguard_runtime.errors import Temporary
from rollguard_schemas.outcomes import ActionApplied, PutBack, Skipped, Succeeded, Superseded, Unverified
from rollguard_schemas.targets import MlflowAlias
from rollguard_schemas.topics import OUTCOMES

ROUTE = MlflowAlias(model="router", alias="serving")
FALLBACK = fallback(target=ROUTE, suspect_revision="8", fallback_revision="9", fence=1, rollback_id="decision-1", signal_ids=())
ROLLBACK = rollback(fence=2)
FOREVER, HOUR = scale_out(), scale_out(undo_at_unix_seconds=NOW + 3600)


@pytest.fixture
def registry():
    registry = FakeRegistry()
    for model, versions in (("fraud", "12"), ("router", "89")):
        for version in versions:
            registry.register(model, version)
    registry.point(TARGET, "2")
    registry.point(ROUTE, "8")
    return registry


async def lives(bus, registry, clock, *events, driver=None):
    """Start a process that hears events, decides, and looks once after everything."""
    say(bus, *events)
    actuator = await Actuator(bus, registry, clock, driver=driver).start()
    await actuator.decide()
    await actuator.keep_books()
    await actuator.care()
    return actuator


def told(bus, decision_id="decision-f"):
    return [type(outcome) for outcome in said(bus, OUTCOMES) if outcome.decision_id == decision_id]


async def verified(bus, registry, clock):
    """Let the light model take over, and the primary be verified, in a process that ends before it can hand back."""
    actuator = await lives(bus, registry, clock, FALLBACK, ROLLBACK)
    say(bus, serving("1", at=NOW + 5))
    await actuator.keep_books()
    await actuator.die()
    assert (registry.aliases[ROUTE], told(bus), told(bus, "decision-1")) == (
        "9",
        [ActionApplied, Succeeded],
        [ActionApplied, Succeeded],
    )


async def test_the_light_model_answers_until_the_primary_is_verified_and_then_hands_back(bus, registry, clock):
    actuator = await lives(bus, registry, clock, FALLBACK, ROLLBACK)
    assert (registry.aliases[TARGET], registry.aliases[ROUTE], told(bus)) == ("1", "9", [ActionApplied, Succeeded])
    await actuator.care()
    assert registry.aliases[ROUTE] == "9"
    say(bus, serving("1", at=NOW + 5))
    await actuator.keep_books()
    await actuator.care()
    (end,) = [outcome for outcome in said(bus, OUTCOMES) if isinstance(outcome, PutBack)]
    assert (registry.aliases[ROUTE], end.suspect_revision, end.target_revision) == ("8", "9", "8")
    await actuator.care()
    assert told(bus) == [ActionApplied, Succeeded, PutBack]


async def test_the_primary_is_not_marked_as_one_that_failed(bus, registry, clock):
    await lives(bus, registry, clock, FALLBACK)
    assert registry.marks == {}


async def test_a_primary_that_does_not_prove_itself_leaves_the_light_model_answering(bus, registry, clock):
    actuator = await lives(bus, registry, clock, FALLBACK, ROLLBACK)
    clock.now = NOW + 400
    await actuator.keep_books()
    await actuator.care()
    assert told(bus, "decision-1") == [ActionApplied, Unverified]
    assert (registry.aliases[ROUTE], told(bus)) == ("9", [ActionApplied, Succeeded])


@pytest.mark.parametrize("point", [("PutClaim", ROUTE), ("Move", ROUTE), "before", "after"])
async def test_a_crash_anywhere_while_it_hands_back_is_finished_once(bus, registry, clock, point):
    await verified(bus, registry, clock)
    moves = len(registry.moves)
    actuator = await Actuator(bus, registry, clock).start()
    if isinstance(point, str):
        actuator.sink.kill = point
    else:
        registry.kill_after = point
    with pytest.raises(Killed):
        await actuator.care()
    await (await Actuator(bus, registry, clock).start()).care()
    assert (registry.aliases[ROUTE], len(registry.moves) - moves) == ("8", 1)
    assert told(bus) == [ActionApplied, Succeeded, PutBack]


async def test_a_primary_that_is_not_ready_is_waited_for(bus, registry, clock):
    await verified(bus, registry, clock)
    registry.versions["router", "8"] = False
    actuator = await Actuator(bus, registry, clock).start()
    await actuator.care()
    assert registry.aliases[ROUTE] == "9"
    registry.versions["router", "8"] = True
    await actuator.care()
    assert registry.aliases[ROUTE] == "8"


async def test_who_routed_elsewhere_meanwhile_is_not_undone(bus, registry, clock):
    await verified(bus, registry, clock)
    registry.register("router", "7")
    registry.point(ROUTE, "7")
    await (await Actuator(bus, registry, clock).start()).care()
    assert (registry.aliases[ROUTE], told(bus)) == ("7", [ActionApplied, Succeeded, PutBack])


async def test_a_light_model_does_not_take_over_from_what_is_not_the_primary(bus, registry, clock):
    registry.point(ROUTE, "7")
    await lives(bus, registry, clock, FALLBACK)
    assert (registry.aliases[ROUTE], told(bus)) == ("7", [Superseded])


async def test_more_replicas_are_proved_by_the_target_alone(bus, registry, clock):
    registry.is_converged = False
    actuator = await lives(bus, registry, clock, FOREVER, serving("2", at=NOW + 1))
    assert told(bus, "decision-s") == [ActionApplied]
    registry.is_converged = True
    await actuator.care()
    assert told(bus, "decision-s") == [ActionApplied, Succeeded]
    clock.now = NOW + 1e6
    await actuator.care()
    assert registry.acts == ["decision-s"]


async def test_replicas_that_never_come_leave_it_unverified_and_go_all_the_same(bus, registry, clock):
    registry.is_converged = False
    actuator = await lives(bus, registry, clock, HOUR)
    clock.now = NOW + 3600
    for _ in range(2):
        await actuator.care()
    assert (told(bus, "decision-s"), registry.acts) == ([ActionApplied, Unverified, PutBack], [])


async def test_replicas_are_put_back_once_when_their_time_is_over(bus, registry, clock):
    actuator = await lives(bus, registry, clock, HOUR)
    clock.now = NOW + 3599
    await actuator.care()
    assert registry.acts == ["decision-s"]
    clock.now = NOW + 3600
    await actuator.care()
    await (await Actuator(bus, registry, clock).start()).care()
    assert (registry.acts, told(bus, "decision-s")) == ([], [ActionApplied, Succeeded, PutBack])


@pytest.mark.parametrize("point", ["Act", "before", "after"])
async def test_a_crash_around_an_act_is_finished_and_acts_once(bus, registry, clock, point):
    say(bus, HOUR)
    actuator = await Actuator(bus, registry, clock).start()
    if point == "Act":
        registry.kill_after = point
    else:
        actuator.sink.kill = point
    with pytest.raises(Killed):
        await actuator.decide()
    await actuator.die()
    clock.now = NOW + 1000
    await lives(bus, registry, clock)
    assert (registry.acts, told(bus, "decision-s")) == (["decision-s"], [ActionApplied, Succeeded])


@pytest.mark.parametrize(
    ("given", "end"),
    [({"suspect_revision": "1"}, Superseded), ({"deadline_unix_seconds": NOW - 1}, Skipped), ({"mode": "recommend"}, Skipped)],
)
async def test_an_act_that_came_too_late_or_is_not_to_be_does_nothing(bus, registry, clock, given, end):
    await lives(bus, registry, clock, scale_out(**given))
    assert (registry.acts, told(bus, "decision-s")) == ([], [end])


async def test_a_silent_server_hides_no_other_workload_and_is_asked_again(bus, registry, clock):
    other = scale_out(workload="shop/other", id="decision-o", undo_at_unix_seconds=NOW + 3600)
    actuator = await lives(bus, registry, clock, HOUR, other)
    clock.now = NOW + 3600
    registry.trouble = {"Undo": [Temporary("away", retry_after_seconds=0)]}
    with pytest.raises(Temporary):
        await actuator.care()
    assert len(registry.acts) == 1
    await actuator.care()
    assert registry.acts == []


async def test_a_dry_run_puts_nothing_back(bus, registry, clock):
    await lives(bus, registry, clock, HOUR)
    clock.now = NOW + 3600
    dry = await Actuator(bus, registry, clock, driver=DryRun(FakeDriver(registry))).start()
    await dry.care()
    assert (registry.acts, told(bus, "decision-s")) == (["decision-s"], [ActionApplied, Succeeded])
