"""
The gates between a signal and an action, in their order.

Each is one small function that lets the case pass (and says how) or holds it (and says why, and what would have changed that). The
first that holds ends the examination: what a kill switch stops must not even be weighed.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from rollguard_decider.core.acts import ACTS, BLAMES_NOBODY, act_id, acted_before, acts_cooled_down, is_its_cause
from rollguard_decider.core.budgets import cooled_down, within_budget, within_shared_budgets
from rollguard_decider.core.combination import is_complete
from rollguard_decider.core.evidence import is_listed_and_strong
from rollguard_decider.core.freshness import is_fresh
from rollguard_decider.core.last_good import KnownGood, bad_revisions, last_good_revision
from rollguard_decider.core.modes import asks_or_acts, is_approval_needed
from rollguard_decider.core.radius import is_its_turn, is_small_enough
from rollguard_decider.core.restraints import Restraint, in_force, muting, whose
from rollguard_decider.core.rungs import TAKES_BACK, is_more_than_told, rung_of
from rollguard_decider.core.situation import Case, Held, Situation, Verdict
from rollguard_decider.core.state import StepBack
from rollguard_decider.core.windows import window_at
from rollguard_schemas.ids import derive_id
from rollguard_schemas.policy_ladder import Rung


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


def hold_id(workload: str, rollout: str) -> str:
    """Return the id of the one decision to hold a rollout."""
    return derive_id("hold", workload, rollout)


def rollback_id(workload: str, rollout: str) -> str:
    """Return the id of the one automatic decision against a rollout, whatever number of signals leads to it."""
    return derive_id("rollback", workload, rollout)


def _no_freeze_window(case: Case) -> Verdict:
    window = window_at(case.spec.guards.freeze_windows, case.now)
    if window is not None:
        return Held(
            reason="freeze-window", because=f"it is {window.name}", would_change=f"the end of {window.name}, or RollBackNow"
        )
    return "none"


def _no_kill_switch(situation: Situation) -> Verdict:
    for restraints in (situation.state.own, situation.state.fleet):
        if in_force(restraints.kill_switch, situation.now):
            because = f"the kill switch of {whose(restraints.kill_switch)} is engaged{_said(restraints.kill_switch)}"
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
    for restraints in (situation.state.own, situation.state.fleet):
        if in_force(restraints.frozen, situation.now):
            because = f"{whose(restraints.frozen)} is frozen{_said(restraints.frozen)}"
            return Held(reason="frozen", because=because, would_change="Unfreeze")
    return "not frozen"


def _last_good_revision(case: Case) -> Verdict:
    target = target_of(case)
    if target is None:
        return Held(
            reason="no-last-good-revision",
            because=f"no revision before {case.rollout.to_revision} is known to be good",
            would_change="a rollout from a revision that was never found bad, fallbackRevision, or RollBackNow with a target",
        )
    return f"{target.revision}, {target.because}"


def target_of(case: Case) -> KnownGood | None:
    """Return where to go back to: the last good revision, else the policy's fallback if that was not found bad."""
    suspect, fallback = case.rollout.to_revision, case.spec.fallback_revision
    good = last_good_revision(case.state, suspect, case.spec.guards, case.now)
    if good is not None or fallback is None or fallback == suspect or fallback in bad_revisions(case.state, case.now):
        return good
    return KnownGood(revision=fallback, because="the policy's fallback")


def _not_vetoed(case: Case) -> Verdict:
    decision_id = _decision_id(case)
    if decision_id in case.state.vetoed:
        because = f"{_doing(case)} revision {_suspect(case)} was vetoed"
        return Held(reason="vetoed", because=because, would_change="RollBackNow", decision_id=decision_id)
    return "not vetoed"


def _not_decided_yet(case: Case) -> Verdict:
    step = _decided_before(case)
    if step is None:
        return "first decision on this rollout"
    waits = any(one.id == step.decision_id for one in case.state.recommended)
    return Held(
        reason="already-decided",
        because=f"{_doing(case)} revision {_suspect(case)} was decided already",
        would_change=f"Approve of {step.decision_id}" if waits else "a new rollout",
        decision_id=step.decision_id,
    )


def _decided_before(case: Case) -> StepBack | None:
    rung = rung_of(case)
    if rung in BLAMES_NOBODY:
        return acted_before(case)
    back = case.state.step_back_of(case.rollout.rollout)
    if back is not None or rung in TAKES_BACK:
        return back
    return acted_before(case) if rung in ACTS else case.state.hold_of(case.rollout.rollout)


def _decision_id(case: Case) -> str:
    if rung_of(case) in ACTS:
        return act_id(case)
    name = hold_id if rung_of(case) == "hold" else rollback_id
    return name(case.state.workload, case.rollout.rollout)


def _suspect(case: Case) -> str | None:
    return case.state.current_revision if rung_of(case) in BLAMES_NOBODY else case.rollout.to_revision


_DOING: dict[Rung, str] = {"hold": "holding", "scale-out": "more replicas of", "restart": "restarting", "call": "an order about"}


def _doing(case: Case) -> str:
    return _DOING.get(rung_of(case), "taking back")


def _of_rollbacks(check: Callable[[Case], Verdict]) -> Callable[[Case], Verdict]:
    """Ask a gate of what takes something back; of a hold, which changes nothing, and of acts nothing is counted."""
    return lambda case: check(case) if rung_of(case) in TAKES_BACK else f"a {rung_of(case)} takes nothing back"


def _rested(case: Case) -> Verdict:
    return acts_cooled_down(case) if rung_of(case) in ACTS else _of_rollbacks(cooled_down)(case)


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
    Gate("freeze window", _no_freeze_window),
    Gate("freshness", is_fresh),
    Gate("evidence", is_listed_and_strong),
    Gate("combination", is_complete),
    Gate("attribution", is_its_cause),
    Gate("ladder", is_more_than_told),
    Gate("last good revision", _of_rollbacks(_last_good_revision)),
    Gate("veto", _not_vetoed),
    Gate("once a rollout", _not_decided_yet),
    Gate("cooldown", _rested),
    Gate("budget", _of_rollbacks(within_budget)),
    Gate("shared budgets", _of_rollbacks(within_shared_budgets)),
    Gate("blast radius", _of_rollbacks(is_small_enough)),
    Gate("dependency order", _of_rollbacks(is_its_turn)),
    Gate("mode", asks_or_acts),
    Gate("approval", is_approval_needed),
)
