"""
What may stand in the way of a rollback, each set up on one scene: a breach on a rollout.
"""

import itertools

import msgspec

from decider.stories import START, WORKLOAD, breach, command, policy, reverted, started
from rollguard_decider.core.decide import step
from rollguard_decider.core.fleet import ALONE, Deed, Surroundings
from rollguard_decider.core.gates import rollback_id
from rollguard_decider.core.moves import Move
from rollguard_decider.core.state import WorkloadState
from rollguard_schemas.commands import Freeze, KillSwitch, Mute, Veto

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


def move(workload, *, at, ended=None, **more):
    """Return that a workload's latency left its range."""
    return Move(
        workload=workload,
        signal_id=f"s-{workload}",
        says="latency left its usual range, up",
        began_unix_seconds=START + at,
        heard_unix_seconds=START + at,
        ended_unix_seconds=None if ended is None else START + ended,
        **more,
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


def _upstream(scene):
    scene.guards["after"] = ["team/x"]
    scene.around = Surroundings(moves=(move("team/x", at=59.0),))


def _dependency(scene):
    scene.guards["after"] = ["team/x"]
    scene.around = Surroundings(moves=(move("team/x", at=61.0),))


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
    "dependency-moved-first": _upstream,
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
NEEDS_DECISION = {"already-decided": "ro-8", "cooldown": "ro-5", "budget-spent": "ro-5", "hourly-budget-spent": "ro-5"}
_HOLDS_ALL = {
    "freeze-window",
    "not-listed-in-policy",
    "combination-incomplete",
    "notify-only",
    "not-the-rollout",
    "dependency-moved-first",
}
_OF_THE_FLEET = {
    "tenant-budget-spent",
    "fleet-budget-spent",
    "simultaneous",
    "fleet-ratio",
    "dependency-in-trouble",
    "dependency-moved-first",
}
_SAME_THING = [
    {"cooldown", "budget-spent", "hourly-budget-spent"},
    _OF_THE_FLEET,
    {"no-last-good-revision", "already-decided", "cooldown", "budget-spent", "hourly-budget-spent"},
]


def _meet(first, second):
    pair = {first, second}
    if any(pair <= same for same in _SAME_THING):
        return False
    needs = [one for one in pair if one in NEEDS_DECISION]
    return not needs or not pair & (_HOLDS_ALL | _OF_THE_FLEET)


PAIRS = [pair for pair in itertools.combinations(OBSTACLES, 2) if _meet(*pair)]
