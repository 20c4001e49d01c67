"""
The gates between a signal and an action, in their order.

Each is one small function that lets the case pass (and says how) or holds it (and says why, and what would have changed that). The
first that holds ends the examination: what a kill switch stops must not even be weighed.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from rollguard_decider.core.attribution import is_the_rollout
from rollguard_decider.core.evidence import is_listed_and_strong
from rollguard_decider.core.restraints import Restraint, in_force, muting
from rollguard_decider.core.revisions import last_good_revision
from rollguard_decider.core.situation import Case, Held, Situation, Verdict
from rollguard_decider.core.state import STEPS_KEPT
from rollguard_decider.core.wording import duration
from rollguard_schemas.ids import derive_id

DAY_SECONDS = 86_400.0


class Gate(NamedTuple):
    """A name for the explanation, and the check."""

    name: str
    check: Callable[[Any], Verdict]


def examine(gates: Iterable[Gate], situation: Situation) -> tuple[tuple[str, ...], Held | None]:
    """Ask gate after gate; return how each was passed, and the one that held, if any."""
    passed: list[str] = []
    for gate in gates:
        verdict = gate.check(situation)
        if isinstance(verdict, Held):
            return tuple(passed), verdict
        passed.append(f"{gate.name}: {verdict}")
    return tuple(passed), None


def rollback_id(workload: str, rollout: str) -> str:
    """Return the id of the one automatic decision against a rollout, whatever number of signals leads to it."""
    return derive_id("rollback", workload, rollout)


def _no_kill_switch(situation: Situation) -> Verdict:
    for whose, restraints in (("the workload's", situation.state.own), ("the", situation.state.fleet)):
        if in_force(restraints.kill_switch, situation.now):
            because = f"{whose} kill switch is engaged{_said(restraints.kill_switch)}"
            return Held(reason="kill-switch", because=because, would_change="releasing the kill switch")
    return "not engaged"


def _known_policy(situation: Situation) -> Verdict:
    if situation.policy is None:
        because = f"no policy for {situation.state.workload} is known"
        return Held(reason="no-policy", because=because, would_change="a RollbackPolicy for this workload")
    return situation.policy.metadata.name


def _not_muted(case: Case) -> Verdict:
    metric = getattr(case.signal, "metric", None)
    mute = muting(case.state.own, metric, case.now) or muting(case.state.fleet, metric, case.now)
    if mute is not None:
        return Held(reason="muted", because=f"{metric or 'everything'} is muted{_said(mute)}", would_change="the end of the mute")
    return "not muted"


def _not_frozen(situation: Situation) -> Verdict:
    for whose, restraints in (("the workload", situation.state.own), ("the fleet", situation.state.fleet)):
        if in_force(restraints.frozen, situation.now):
            return Held(reason="frozen", because=f"{whose} is frozen{_said(restraints.frozen)}", would_change="Unfreeze")
    return "not frozen"


def _last_good_revision(case: Case) -> Verdict:
    target = last_good_revision(case.state, case.rollout.to_revision)
    if target is None:
        return Held(
            reason="no-last-good-revision",
            because=f"no revision before {case.rollout.to_revision} is known to be good",
            would_change="a rollout from a revision that was never found bad, or RollBackNow with a target revision",
        )
    return f"{target}, shown to be healthy by comparison" if target in case.state.proven else target


def _not_vetoed(case: Case) -> Verdict:
    decision_id = rollback_id(case.state.workload, case.rollout.rollout)
    if decision_id in case.state.vetoed:
        because = f"taking back revision {case.rollout.to_revision} was vetoed"
        return Held(reason="vetoed", because=because, would_change="RollBackNow", decision_id=decision_id)
    return "not vetoed"


def _not_decided_yet(case: Case) -> Verdict:
    step = case.state.step_back_of(case.rollout.rollout)
    if step is None:
        return "first decision on this rollout"
    waits = any(one.id == step.decision_id for one in case.state.recommended)
    return Held(
        reason="already-decided",
        because=f"taking back revision {case.rollout.to_revision} was decided already",
        would_change=f"Approve of {step.decision_id}" if waits else "a new rollout",
        decision_id=step.decision_id,
    )


def _cooled_down(case: Case) -> Verdict:
    cooldown = case.spec.guards.cooldown_seconds
    if not case.state.steps_back:
        return "no earlier decision"
    last = max(case.state.steps_back, key=lambda step: step.decided_unix_seconds)
    since = case.now - last.decided_unix_seconds
    if since < cooldown:
        because = f"the last rollback was decided {duration(max(0.0, since))} ago, the cooldown is {duration(cooldown)}"
        return Held(
            reason="cooldown", because=because, would_change=f"waiting {duration(cooldown - since)}", decision_id=last.decision_id
        )
    return f"{duration(since)} since the last decision, {duration(cooldown)} is asked for"


def _within_budget(case: Case) -> Verdict:
    """A budget above what is remembered counts as that: what was forgotten cannot be counted."""
    budget = min(case.spec.guards.max_rollbacks_per_day, STEPS_KEPT)
    spent = sum(case.now - step.decided_unix_seconds < DAY_SECONDS for step in case.state.steps_back)
    if spent >= budget:
        because = f"{spent} of {budget} rollbacks a day are spent"
        return Held(reason="budget-spent", because=because, would_change="a day that began, or a higher guards.maxRollbacksPerDay")
    return f"{spent} of {budget} a day are spent"


def _said(restraint: Restraint | None) -> str:
    if restraint is None:
        return ""
    return f" by {restraint.by}" + (f": {restraint.why}" if restraint.why else "")


KILL_SWITCH = Gate("kill switch", _no_kill_switch)
POLICY = Gate("policy", _known_policy)
FREEZE = Gate("freeze", _not_frozen)

COMMAND_GATES = (KILL_SWITCH, POLICY, FREEZE)
SIGNAL_GATES = (
    KILL_SWITCH,
    POLICY,
    Gate("mute", _not_muted),
    FREEZE,
    Gate("evidence", is_listed_and_strong),
    Gate("attribution", is_the_rollout),
    Gate("last good revision", _last_good_revision),
    Gate("veto", _not_vetoed),
    Gate("once a rollout", _not_decided_yet),
    Gate("cooldown", _cooled_down),
    Gate("budget", _within_budget),
)
