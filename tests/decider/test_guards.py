"""
The guards between evidence and action: each alone, and each with each other, of which the one that is asked first speaks.
"""

import itertools

import msgspec
import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from decider.stories import (
    START,
    WORKLOAD,
    anomaly,
    breach,
    command,
    forecast,
    outcome,
    policy,
    recovered,
    regression,
    reverted,
    roll_back_now,
    started,
)
from rollguard_decider.core.decide import step
from rollguard_decider.core.fleet import ALONE, Deed, Fleet, Surroundings
from rollguard_decider.core.gates import SIGNAL_GATES, rollback_id
from rollguard_decider.core.phases import TRANSITIONS
from rollguard_decider.core.state import WorkloadState
from rollguard_decider.core.windows import contains
from rollguard_schemas.commands import Approve, Freeze, KillSwitch, Mute, Veto
from rollguard_schemas.decisions import HoldDecided, RollbackDecided, Withheld
from rollguard_schemas.outcomes import ActionApplied, Succeeded
from rollguard_schemas.policy_guards import Window

OTHERS = ("shop/other-1", "shop/other-2", "team/other-3")
BOTH = [{"name": "accuracy", "metric": "accuracy", "below": 0.85}, {"name": "latency", "metric": "latency_p99", "above": 300.0}]
ALWAYS = {"name": "a freeze"}


def deed(workload, *, at=0.0, over=10_000.0, is_over=False):
    return Deed(
        workload=workload,
        rollout=f"ro-{workload}",
        decision_id=f"rb-{workload}",
        decided_unix_seconds=START + at,
        over_unix_seconds=START + over,
        is_over=is_over,
    )


class Scene:
    """One breach on a rollout, and everything that may stand in its way."""

    def __init__(self):
        self.spec, self.guards, self.before, self.around = {}, {}, [started()], ALONE
        self.signal, self.now = breach(), None

    def played(self):
        rules = policy(guards=self.guards, **self.spec)
        state, said = WorkloadState(workload=WORKLOAD), []
        for fact in self.before:
            state, _ = step(rules, state, fact, fact.time_unix_seconds, self.around)
        now = self.signal.time_unix_seconds if self.now is None else self.now
        state, said = step(rules, state, self.signal, now, self.around)
        assert len(said) == 1
        return said[0]


def _earlier_rollback(scene):
    """An earlier rollback, of another rollout, a quarter of an hour before this one."""
    earlier = [started("ro-5", old="7", new="5", at=-900), breach("s-0", at=-890, revision="5"), reverted("ro-5", bad="5", at=-880)]
    scene.before = [*earlier, *scene.before]


def _kill(scene):
    scene.before.append(command(KillSwitch, id="c-k", engaged=True))


def _mute(scene):
    scene.before.append(command(Mute, id="c-m"))


def _freeze(scene):
    scene.before.append(command(Freeze, id="c-f"))


def _freeze_window(scene):
    scene.guards["freezeWindows"] = [ALWAYS]


def _stale(scene):
    scene.guards["staleAfterSeconds"] = 60
    scene.now = scene.signal.time_unix_seconds + 61


def _weak(scene):
    scene.spec["act_on"] = {"breach": False}


def _alone(scene):
    scene.spec |= {"objectives": BOTH, "combine": {"rule": "all"}}


def _elsewhere(scene):
    scene.guards["rolloutWindowSeconds"] = 10


def _told_only(scene):
    scene.spec["ladder"] = {"breach": "notify"}


def _nothing_good(scene):
    scene.before[:] = [
        msgspec.structs.replace(one, from_revision=None) if one.id == "ro-8-started" else one for one in scene.before
    ]


def _veto(scene):
    scene.before.append(command(Veto, id="c-v", decision_id=rollback_id(WORKLOAD, "ro-8")))


def _decided(scene):
    """Decided by another signal: it is laid under everything that would have held that one."""
    scene.before = [started(), breach("s-first", at=50, episode="ep-0"), *scene.before[1:]]


def _cooldown(scene):
    _earlier_rollback(scene)
    scene.guards["cooldownSeconds"] = 3600


def _budget(scene):
    _earlier_rollback(scene)
    scene.guards["maxRollbacksPerDay"] = 1


def _hourly_budget(scene):
    _earlier_rollback(scene)
    scene.guards["maxRollbacksPerHour"] = 1


def _tenant_budget(scene):
    scene.guards["tenantMaxRollbacksPerHour"] = 2
    scene.around = Surroundings(deeds=tuple(deed(one, is_over=True) for one in OTHERS), workloads=100)


def _fleet_budget(scene):
    scene.guards["fleetMaxRollbacksPerHour"] = 3
    scene.around = Surroundings(deeds=tuple(deed(one, is_over=True) for one in OTHERS), workloads=100)


def _simultaneous(scene):
    scene.guards["maxSimultaneous"] = 1
    scene.around = Surroundings(deeds=(deed("team/x"),), workloads=100)


def _fleet_ratio(scene):
    scene.guards["maxFleetRatio"] = 0.02
    scene.around = Surroundings(deeds=tuple(deed(one, is_over=True) for one in OTHERS), workloads=100)


def _dependency(scene):
    scene.guards["after"] = ["team/x"]
    scene.around = Surroundings(troubled=frozenset({"team/x"}))


# In the order of the gates: what stands in the way, and the reason that is given.
OBSTACLES = {
    "kill-switch": _kill,
    "muted": _mute,
    "frozen": _freeze,
    "freeze-window": _freeze_window,
    "stale": _stale,
    "not-listed-in-policy": _weak,
    "combination-incomplete": _alone,
    "not-the-rollout": _elsewhere,
    "notify-only": _told_only,
    "no-last-good-revision": _nothing_good,
    "vetoed": _veto,
    "already-decided": _decided,
    "cooldown": _cooldown,
    "budget-spent": _budget,
    "hourly-budget-spent": _hourly_budget,
    "tenant-budget-spent": _tenant_budget,
    "fleet-budget-spent": _fleet_budget,
    "simultaneous": _simultaneous,
    "fleet-ratio": _fleet_ratio,
    "dependency-in-trouble": _dependency,
}
# What needs a decision that was made before cannot meet what would have held that one as well, nor can two that set the same thing.
_NEEDS_DECISION = {"already-decided": "ro-8", "cooldown": "ro-5", "budget-spent": "ro-5", "hourly-budget-spent": "ro-5"}
_HOLDS_ALL = {"freeze-window", "not-listed-in-policy", "combination-incomplete", "notify-only", "not-the-rollout"}
_HOLDS_ALL_OF_THE_FLEET = {"tenant-budget-spent", "fleet-budget-spent", "simultaneous", "fleet-ratio", "dependency-in-trouble"}
_SAME_THING = [
    {"cooldown", "budget-spent", "hourly-budget-spent"},
    {"tenant-budget-spent", "fleet-budget-spent", "simultaneous", "fleet-ratio", "dependency-in-trouble"},
    {"no-last-good-revision", "already-decided", "cooldown", "budget-spent", "hourly-budget-spent"},
]


def _meet(first, second):
    pair = {first, second}
    if any(pair <= same for same in _SAME_THING):
        return False
    needs = [one for one in pair if one in _NEEDS_DECISION]
    return not needs or not pair & (_HOLDS_ALL | _HOLDS_ALL_OF_THE_FLEET)


PAIRS = [pair for pair in itertools.combinations(OBSTACLES, 2) if _meet(*pair)]


@pytest.mark.parametrize("reason", OBSTACLES)
def test_each_gate_alone_holds_with_its_own_reason_and_says_what_would_change_it(reason):
    scene = Scene()
    OBSTACLES[reason](scene)
    said = scene.played()

    assert isinstance(said, Withheld), said
    assert said.reason == reason, said.explanation.summary
    assert said.would_change
    assert len(said.explanation.gates) < len(SIGNAL_GATES)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_of_two_gates_that_hold_the_one_that_is_asked_first_speaks(first, second):
    scene = Scene()
    for reason in (second, first) if first in _NEEDS_DECISION else (first, second):
        OBSTACLES[reason](scene)
    assert scene.played().reason == first


def test_there_are_pairs_of_every_gate():
    assert {one for pair in PAIRS for one in pair} == set(OBSTACLES)
    assert len(PAIRS) > 100


def test_with_nothing_in_the_way_every_gate_says_how_it_was_passed():
    said = Scene().played()
    assert isinstance(said, RollbackDecided)
    assert [line.partition(":")[0] for line in said.explanation.gates] == [gate.name for gate in SIGNAL_GATES]


def _given(*facts, **spec):
    from decider.stories import given  # noqa: PLC0415  # hypothesis has the name in this module

    return given(*facts, rules=policy(**spec))


FORECAST = {"act_on": {"forecast": {"probability": 0.9}}}


def test_a_forecast_alone_only_holds_the_rollout():
    story = _given(started(), **FORECAST).when(forecast())
    (decision,) = story.said

    assert isinstance(decision, HoldDecided)
    assert decision.until_unix_seconds == START + 60 + 3600
    assert story.state.phase == "held"
    assert "Hold shop/fraud-scorer at revision 8" in decision.explanation.summary


def test_a_rollout_is_held_once_and_a_breach_takes_it_back_all_the_same():
    story = _given(started(), forecast(), **FORECAST)
    story.when(forecast("s-f2", at=70, episode="ep-2")).then_withholds("already-decided")
    decision = story.when(breach(at=80)).then_rolls_back(to="7")

    assert decision.fence == 2


def test_a_hold_is_no_rollback_and_spends_no_budget():
    spec = FORECAST | {"guards": {"maxRollbacksPerDay": 1, "cooldownSeconds": 3600}}
    _given(started(), forecast(), **spec).when(breach(at=70)).then_rolls_back(to="7")


def test_a_hold_can_be_vetoed_before_it_is_decided():
    story = _given(started(), forecast(), **FORECAST)
    (first,) = [one for one in story.all_said if isinstance(one, HoldDecided)]
    story = _given(started(), command(Veto, decision_id=first.id), **FORECAST)
    story.when(forecast()).then_withholds("vetoed")


@pytest.mark.parametrize("kind", ["missing", "stuck"])
def test_silence_may_hold_a_rollout_and_never_take_it_back(kind):
    spec = {"act_on": {"anomaly": "low"}, "ladder": {"silence": "hold"}}
    (decision,) = _given(started(), **spec).when(anomaly(kind=kind)).said
    assert isinstance(decision, HoldDecided)


def test_a_fallback_is_where_one_returns_to_when_nothing_is_known_to_be_good():
    decision = _given(started(old=None), fallbackRevision="rules").when(breach()).then_rolls_back(to="rules")
    assert "last good revision: rules, the policy's fallback" in decision.explanation.gates


def test_a_fallback_that_is_the_suspect_itself_is_none():
    _given(started(old=None), fallbackRevision="8").when(breach()).then_withholds("no-last-good-revision")


def test_all_of_several_objectives_take_a_rollout_back_with_the_last_that_shows():
    spec = {"objectives": BOTH, "combine": {"rule": "all"}}
    story = _given(started(), **spec)
    withheld = story.when(breach()).then_withholds("combination-incomplete")
    assert withheld.would_change == "latency showing it as well"
    latency = breach("s-2", name="latency", at=70, value=400.0, bound=300.0, direction="above", episode="ep-2")
    story.when(latency).then_rolls_back(to="7")


def test_what_is_over_no_longer_shows():
    spec = {"objectives": BOTH, "combine": {"rule": "all"}}
    story = _given(started(), breach(), recovered(at=65, revision="8"), **spec)
    latency = breach("s-2", name="latency", at=70, value=400.0, bound=300.0, direction="above", episode="ep-2")
    story.when(latency).then_withholds("combination-incomplete")


def test_a_critical_objective_is_enough_alone():
    spec = {"objectives": BOTH, "combine": {"rule": "all", "critical": ["accuracy"]}}
    _given(started(), **spec).when(breach()).then_rolls_back(to="7")


@pytest.mark.parametrize(("weight", "acts"), [(0.7, True), (0.6, False)])
def test_weights_take_a_rollout_back_from_the_share_that_the_policy_asks_for(weight, acts):
    combine = {"rule": "weighted", "weights": {"accuracy": weight, "latency": 1 - weight}, "atLeast": 0.65}
    story = _given(started(), objectives=BOTH, combine=combine).when(breach())
    assert isinstance(story.said[0], RollbackDecided) is acts


def test_a_regression_counts_for_the_objective_of_its_metric():
    spec = {"objectives": BOTH, "combine": {"rule": "all"}, "act_on": {"regression": True}}
    latency = breach("s-2", name="latency", at=70, value=400.0, bound=300.0, direction="above", episode="ep-2")
    _given(started(), regression(at=65), **spec).when(latency).then_rolls_back(to="7")


def test_each_rollback_of_a_day_makes_the_cooldown_longer_by_the_backoff():
    guards = {"cooldownSeconds": 100, "cooldownBackoff": 10, "maxRollbacksPerDay": 9}
    story = _given(guards=guards)
    for number, at in enumerate((0, 200)):
        story.given(
            started(f"ro-{number}", old="7", new=f"b{number}", at=at), breach(f"s-{number}", at=at + 1, revision=f"b{number}")
        )
        story.given(reverted(f"ro-{number}", bad=f"b{number}", at=at + 2))
    story.given(started("ro-9", old="7", new="b9", at=800))
    withheld = story.when(breach("s-9", at=801, revision="b9")).then_withholds("cooldown")

    assert "the cooldown is 16.7 min" in withheld.explanation.summary


NINE_TO_FIVE = {"days": ["mon", "tue", "wed", "thu", "fri"], "fromTime": "09:00", "untilTime": "17:00", "name": "business hours"}


def test_in_business_hours_a_person_is_asked():
    # START is a Friday, 08:00 UTC, which is 09:00 in Berlin.
    guards = {"recommendOnlyWindows": [NINE_TO_FIVE | {"timeZone": "Europe/Berlin"}]}
    decision = _given(started(), guards=guards).when(breach()).then_rolls_back(to="7")

    assert decision.mode == "recommend"
    assert "mode: recommend, since it is business hours" in decision.explanation.gates
    assert _given(started(), guards={"recommendOnlyWindows": [NINE_TO_FIVE]}).when(breach()).then_rolls_back(to="7").mode == "act"


APPROVAL = {"approval": {"required": True, "by": ["ada"], "timeoutSeconds": 600}}


def _approve(decision, *, by="ada", at=100):
    return command(Approve, id=f"c-{by}-{at}", by=by, at=at, decision_id=decision.id)


def test_where_approval_is_required_even_act_waits_for_who_may_give_it():
    story = _given(started(), **APPROVAL)
    recommended = story.when(breach()).then_rolls_back(to="7")
    assert recommended.mode == "recommend"
    story.when(_approve(recommended, by="bob")).then_withholds("not-an-approver")
    assert story.when(_approve(recommended)).then_rolls_back(to="7").mode == "act"


def test_an_approval_that_comes_too_late_is_refused():
    story = _given(started(), **APPROVAL)
    recommended = story.when(breach()).then_rolls_back(to="7")
    story.when(_approve(recommended, at=661)).then_withholds("approval-expired")


def test_a_person_who_orders_is_held_by_no_budget_and_no_window():
    spec = {"guards": {"freezeWindows": [ALWAYS], "maxRollbacksPerDay": 0}}
    _given(started(), **spec).when(roll_back_now()).then_rolls_back(to="7")


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [
        ({}, [0, 43_200], []),
        ({"days": ["fri"]}, [0], [86_400]),
        ({"fromTime": "08:00", "untilTime": "09:00"}, [0, 3599], [-1, 3600]),
        ({"fromTime": "22:00", "untilTime": "06:00", "days": ["fri"]}, [50_400, 79_199], [0, 79_200, -36_000]),
        ({"fromDate": "2027-01-15", "untilDate": "2027-01-15"}, [0, 57_599], [-28_801, 57_600]),
        ({"fromTime": "09:00", "untilTime": "24:00", "timeZone": "Europe/Berlin"}, [0, 53_999], [-1, 54_000]),
    ],
)
def test_a_window_is_the_local_time_that_it_names(window, inside, outside):
    # START is 2027-01-15, 08:00 UTC, a Friday.
    found = msgspec.convert({"name": "w", **window}, Window)
    assert all(contains(found, START + at) for at in inside)
    assert not any(contains(found, START + at) for at in outside)


@over(st.integers(0, 7 * 86_400))
def test_a_window_and_the_rest_of_the_day_never_overlap(at):
    day, night = (Window(name="w", from_time=one, until_time=other) for one, other in (("07:30", "19:00"), ("19:00", "07:30")))
    assert contains(day, START + at) != contains(night, START + at)


def _decision(workload=WORKLOAD):
    decision = _given(started()).when(breach()).then_rolls_back(to="7")
    return msgspec.structs.replace(decision, workload=workload)


def test_the_fleet_counts_a_rollback_as_under_way_until_its_end():
    fleet, decision = Fleet(), _decision()
    fleet.learn(decision)
    fleet.learn(outcome(ActionApplied, decision))
    assert len(fleet.around(START + 100, workloads=5).under_way(START + 100)) == 1
    fleet.learn(outcome(Succeeded, decision))
    around = fleet.around(START + 100, workloads=5)
    assert (around.under_way(START + 100), len(around.within_hour(START + 100))) == ((), 1)


def test_a_rollback_whose_end_nobody_tells_is_over_when_its_time_is():
    fleet, decision = Fleet(), _decision()
    fleet.learn(decision)
    end = decision.deadline_unix_seconds + decision.verification.within_seconds
    assert fleet.around(end - 1, workloads=1).under_way(end - 1)
    assert not fleet.around(end, workloads=1).under_way(end)


@over(st.permutations(range(5)), st.lists(st.integers(0, 4), max_size=5))
def test_the_fleet_does_not_mind_order_nor_duplicates(order, again):
    decision = _decision()
    facts = [decision, outcome(Succeeded, decision), breach(), recovered(), breach("s-9", episode="ep-9")]
    told, straight = Fleet(), Fleet()
    for fact in [facts[index] for index in [*order, *again]]:
        told.learn(fact)
    for fact in facts:
        straight.learn(fact)
    assert told.around(START + 100, workloads=3) == straight.around(START + 100, workloads=3)


def test_a_workload_is_in_trouble_while_something_is_open_or_being_taken_back():
    fleet = Fleet()
    fleet.learn(breach())
    assert fleet.around(START, workloads=1).troubled == {WORKLOAD}
    fleet.learn(recovered())
    assert not fleet.around(START, workloads=1).troubled
    fleet.learn(_decision("shop/other"))
    assert fleet.around(START, workloads=1).troubled == {"shop/other"}


def test_every_phase_has_a_meaning_and_can_be_left_and_reached():
    from rollguard_decider.core.phases import MEANINGS  # noqa: PLC0415  # beside its only use

    reached = {after for moves in TRANSITIONS.values() for after in moves.values()}
    assert set(TRANSITIONS) == set(MEANINGS)
    assert reached | {"idle"} == set(TRANSITIONS)
    assert all(TRANSITIONS.values())
