"""
How a fact changes what is known: one small function a kind of fact, and the fold over them.

Every fact is safe to hear twice and in any order between topics. A fact that changes nothing returns the same state; none raises,
since a record that breaks the fold would stop its partition for ever.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from rollguard_decider.core import restraints
from rollguard_decider.core.phases import Fact, next_phase
from rollguard_decider.core.quarantine import quarantined, released
from rollguard_decider.core.state import (
    ANSWERED_KEPT,
    NAMES_KEPT,
    OPEN_KEPT,
    RECOMMENDED_KEPT,
    ROLLOUTS_KEPT,
    STEPS_KEPT,
    Opening,
    RolloutSeen,
    StepBack,
    WorkloadState,
    episode_of,
    remember,
)
from rollguard_schemas import commands, decisions, outcomes, rollouts, signals

replace = msgspec.structs.replace


def evolve(state: WorkloadState, fact: Any, now: float) -> WorkloadState:
    """Return the state after a rollout, signal, command, outcome or decision; anything else changes nothing."""
    if isinstance(fact, commands.Command):
        state = replace(state, own=restraints.restrain(state.own, fact, now))
    change = _CHANGES.get(type(fact))
    return state if change is None else change(state, fact)


def fold(state: WorkloadState, facts: Iterable[tuple[Any, float]]) -> WorkloadState:
    """Evolve over facts with their times."""
    for fact, now in facts:
        state = evolve(state, fact, now)
    return state


def _moved(state: WorkloadState, fact: Fact) -> WorkloadState:
    return replace(state, phase=next_phase(state.phase, fact))


def _rollout_started(state: WorkloadState, fact: rollouts.RolloutStarted) -> WorkloadState:
    known = _seen(state, fact.rollout)
    if known is not None and known.is_started:
        return state
    seen = RolloutSeen(
        rollout=fact.rollout,
        from_revision=fact.from_revision,
        to_revision=fact.to_revision,
        started_unix_seconds=fact.time_unix_seconds,
        artifact_digest=fact.artifact_digest,
        is_started=True,
        also=fact.also,
        is_reverted=known is not None and known.is_reverted,
    )
    state = _with_rollout(state, seen)
    newest = state.newest_rollout
    return _moved(state, "rollout-started") if newest == seen and not seen.is_reverted else state


def _rollout_went_on(state: WorkloadState, fact: rollouts.Rollout) -> WorkloadState:
    """Note a rollout whose start was not heard, so that its revisions are known, and where the other targets point by now."""
    also = fact.also if isinstance(fact, rollouts.RolloutProgressed) else ()
    known = _seen(state, fact.rollout)
    if known is not None:
        return _with_rollout(state, replace(known, also=also)) if also else state
    seen = RolloutSeen(
        rollout=fact.rollout,
        from_revision=fact.from_revision,
        to_revision=fact.to_revision,
        started_unix_seconds=fact.time_unix_seconds,
        also=also,
    )
    return _with_rollout(state, seen)


def _rollout_finished(state: WorkloadState, fact: rollouts.RolloutFinished) -> WorkloadState:
    state = _rollout_went_on(state, fact)
    newest = state.newest_rollout
    return _moved(state, "rollout-finished") if newest is not None and newest.rollout == fact.rollout else state


def _rollout_reverted(state: WorkloadState, fact: rollouts.RolloutReverted) -> WorkloadState:
    """Mark the rollout; in this event ``from_revision`` is the one at fault, where a start calls it ``to_revision``."""
    known = _seen(state, fact.rollout)
    if known is not None and known.is_reverted:
        return state
    if known is None:
        known = RolloutSeen(
            rollout=fact.rollout,
            from_revision=fact.to_revision,
            to_revision=fact.from_revision or fact.to_revision,
            started_unix_seconds=fact.time_unix_seconds,
        )
    seen = replace(known, is_reverted=True, from_revision=fact.to_revision)
    return _moved(_with_rollout(state, seen), "rollout-reverted")


def _seen(state: WorkloadState, rollout: str) -> RolloutSeen | None:
    return next((seen for seen in state.rollouts if seen.rollout == rollout), None)


def _with_rollout(state: WorkloadState, seen: RolloutSeen) -> WorkloadState:
    """Put it in its place by start; of two that started at once, the one heard later counts as the newer."""
    known = [other.rollout for other in state.rollouts]
    kept = [seen if other.rollout == seen.rollout else other for other in state.rollouts]
    ordered = sorted(kept if seen.rollout in known else [*kept, seen], key=lambda one: one.started_unix_seconds)
    return replace(state, rollouts=tuple(ordered[-ROLLOUTS_KEPT:]))


def _breached(state: WorkloadState, fact: signals.ObjectiveBreached) -> WorkloadState:
    """Note the revision as well; where telemetry names none, the newest one."""
    revision = fact.revision or state.current_revision
    if revision is not None:
        state = replace(state, breached=remember(state.breached, (revision,), NAMES_KEPT))
    return _signal_opened(state, fact)


def _signal_opened(state: WorkloadState, fact: Opening) -> WorkloadState:
    episode = episode_of(fact)
    if fact.id in state.answered or episode in state.closed:
        return state
    others = [one for one in state.open_signals if episode_of(one) != episode]
    return replace(state, open_signals=(*others, fact)[-OPEN_KEPT:])


def _signal_closed(state: WorkloadState, fact: signals.ObjectiveRecovered | signals.AnomalyCleared) -> WorkloadState:
    episode = fact.incident if isinstance(fact, signals.AnomalyCleared) else fact.episode
    still_open = tuple(one for one in state.open_signals if episode_of(one) != episode)
    return replace(state, open_signals=still_open, closed=remember(state.closed, (episode,), NAMES_KEPT))


def _revision_serving(state: WorkloadState, fact: signals.RevisionServing) -> WorkloadState:
    return state if fact.id in state.answered else replace(state, serving_revision=fact.revision)


def _compared(state: WorkloadState, fact: signals.Regression) -> WorkloadState:
    """Keep what was said last, by event time: a replayed or late one must not bring back what was withdrawn."""
    known = state.compared
    if known is not None and known.time_unix_seconds > fact.time_unix_seconds:
        return state
    is_proof = fact.verdict == "healthy"
    proven = remember(state.proven, (fact.revision,), NAMES_KEPT) if is_proof and fact.revision else state.proven
    return replace(state, compared=replace(fact, metrics=()), proven=proven, traffic=_traffic(state, fact))


def _traffic(state: WorkloadState, fact: signals.Regression) -> dict[str, int]:
    """Note how many samples of candidate and control were seen."""
    seen = {fact.revision: fact.candidate_samples, fact.control_revision: fact.control_samples}
    more = {name: max(count, state.traffic.get(name, 0)) for name, count in seen.items() if name is not None and count}
    kept = [*((name, count) for name, count in state.traffic.items() if name not in more), *more.items()]
    return dict(kept[-NAMES_KEPT:])


def _quarantine(state: WorkloadState, fact: commands.Quarantine) -> WorkloadState:
    return replace(state, quarantine=quarantined(state.quarantine, fact))


def _release(state: WorkloadState, fact: commands.Release) -> WorkloadState:
    return replace(state, quarantine=released(state.quarantine, fact.revision))


def _veto(state: WorkloadState, fact: commands.Veto) -> WorkloadState:
    return replace(state, vetoed=remember(state.vetoed, (fact.decision_id,), NAMES_KEPT))


def _rollback_decided(state: WorkloadState, fact: decisions.RollbackDecided) -> WorkloadState:
    """Count it, unless its fence says that it was counted. An approved one takes the recommended one's place."""
    if fact.fence <= state.fence:
        return _answered(state, fact)
    steps = _with_step(state.steps_back, fact.rollout, fact)
    recommended = tuple(one for one in state.recommended if one.rollout != fact.rollout)
    if fact.mode != "act":
        recommended = (*recommended, fact)[-RECOMMENDED_KEPT:]
    state = replace(state, steps_back=steps, recommended=recommended, fence=fact.fence)
    return _answered(_moved(state, "action-decided") if fact.mode == "act" else state, fact)


def _hold_decided(state: WorkloadState, fact: decisions.HoldDecided) -> WorkloadState:
    """Remember it, unless its fence says that it was; one that names no rollout holds nothing twice."""
    if fact.fence <= state.fence or fact.rollout is None:
        return _answered(state, fact)
    state = replace(state, holds=_with_step(state.holds, fact.rollout, fact), fence=fact.fence)
    return _answered(_moved(state, "hold-decided"), fact)


def _act_decided(
    state: WorkloadState, fact: decisions.ScaleOutDecided | decisions.RestartDecided | decisions.CallDecided
) -> WorkloadState:
    """Count it, unless its fence says that it was counted."""
    if fact.fence <= state.fence:
        return _answered(state, fact)
    act = StepBack(
        rollout=fact.rollout if isinstance(fact, decisions.RestartDecided) else "",
        decision_id=fact.id,
        suspect_revision=fact.suspect_revision,
        decided_unix_seconds=fact.time_unix_seconds,
    )
    return _answered(replace(state, acts=(*state.acts, act)[-STEPS_KEPT:], fence=fact.fence), fact)


def _fallback_decided(state: WorkloadState, fact: decisions.FallbackDecided) -> WorkloadState:
    return _answered(replace(state, fence=max(state.fence, fact.fence)), fact)


def _with_step(steps: tuple[StepBack, ...], rollout: str, fact: decisions.Action) -> tuple[StepBack, ...]:
    """Put what was decided last on a rollout in the place of what was decided on it before."""
    step = StepBack(
        rollout=rollout,
        decision_id=fact.id,
        suspect_revision=fact.suspect_revision,
        decided_unix_seconds=fact.time_unix_seconds,
    )
    return (*(one for one in steps if one.rollout != rollout), step)[-STEPS_KEPT:]


def _answered(state: WorkloadState, fact: decisions.Decision) -> WorkloadState:
    return replace(state, answered=remember(state.answered, fact.signal_ids, ANSWERED_KEPT))


def _applied(state: WorkloadState, fact: outcomes.ActionApplied) -> WorkloadState:
    return _moved(state, "action-applied") if _is_of_last_step(state, fact) else state


def _ended(state: WorkloadState, fact: outcomes.Outcome) -> WorkloadState:
    return _moved(state, "action-ended") if _is_of_last_step(state, fact) else state


def _is_of_last_step(state: WorkloadState, fact: outcomes.Outcome) -> bool:
    return bool(state.steps_back) and state.steps_back[-1].decision_id == fact.decision_id


_CHANGES: dict[type, Callable[[WorkloadState, Any], WorkloadState]] = {
    rollouts.RolloutStarted: _rollout_started,
    rollouts.RolloutProgressed: _rollout_went_on,
    rollouts.RolloutFinished: _rollout_finished,
    rollouts.RolloutReverted: _rollout_reverted,
    signals.BreachForecast: _signal_opened,
    signals.ObjectiveBreached: _breached,
    signals.AnomalyOpened: _signal_opened,
    signals.ObjectiveRecovered: _signal_closed,
    signals.AnomalyCleared: _signal_closed,
    signals.RevisionServing: _revision_serving,
    signals.Regression: _compared,
    commands.Quarantine: _quarantine,
    commands.Release: _release,
    commands.Veto: _veto,
    decisions.RollbackDecided: _rollback_decided,
    decisions.Withheld: _answered,
    decisions.FallbackDecided: _fallback_decided,
    decisions.ScaleOutDecided: _act_decided,
    decisions.CallDecided: _act_decided,
    decisions.RestartDecided: _act_decided,
    decisions.HoldDecided: _hold_decided,
    outcomes.ActionApplied: _applied,
    outcomes.Succeeded: _ended,
    outcomes.Failed: _ended,
    outcomes.Skipped: _ended,
    outcomes.Superseded: _ended,
    outcomes.Unverified: _ended,
}
