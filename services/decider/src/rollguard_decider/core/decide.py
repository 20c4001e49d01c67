"""
``decide``: what is said about a fact, given the policy, what is known and the time.

Every signal gets exactly one answer, once: a signal that was answered before gets none, whatever is known by now. The fact is
folded in before the gates are asked, so the answer to a rollout's signal knows that rollout.
"""

from typing import Any

import msgspec

from rollguard_decider.core.answers import hold, roll_back, stop_rollout
from rollguard_decider.core.deeds import DEEDS, with_fallback
from rollguard_decider.core.evolve import evolve
from rollguard_decider.core.fleet import ALONE, Surroundings
from rollguard_decider.core.gates import SIGNAL_GATES, examine, target_of
from rollguard_decider.core.orders import obey
from rollguard_decider.core.returning import meet
from rollguard_decider.core.rungs import rung_of
from rollguard_decider.core.situation import Case, Held, Situation
from rollguard_decider.core.state import WorkloadState
from rollguard_decider.core.wording import describe_signal
from rollguard_schemas.commands import Approve, RollBackNow
from rollguard_schemas.decisions import Action, Decision, RollbackDecided
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.rollouts import RolloutStarted
from rollguard_schemas.signals import AnomalyCleared, ObjectiveRecovered, Regression, RevisionServing, Signal

_INFORMATIONAL = (RevisionServing, ObjectiveRecovered, AnomalyCleared)


def decide(
    policy: RollbackPolicy | None, state: WorkloadState, fact: Any, now: float, around: Surroundings = ALONE
) -> list[Decision]:
    """Return the decisions that a fact leads to; ``state`` is what was known before it, ``around`` what the fleet does."""
    match fact:
        case Signal():
            if fact.id in state.answered:
                return []
            case = Case(policy=policy, state=evolve(state, fact, now), now=now, around=around, signal=fact)
            return with_fallback(case, _answer(case))
        case RollBackNow() | Approve():
            if fact.id in state.answered:
                return []
            situation = Situation(policy=policy, state=evolve(state, fact, now), now=now, around=around)
            return with_fallback(situation, obey(situation, fact))
        case RolloutStarted():
            return _reconsider(policy, state, fact, now, around)
    return []


def step(
    policy: RollbackPolicy | None, state: WorkloadState, fact: Any, now: float, around: Surroundings = ALONE
) -> tuple[WorkloadState, list[Decision]]:
    """Decide on a fact, and return what is known after it and after what was decided."""
    decisions = decide(policy, state, fact, now, around)
    after = evolve(state, fact, now)
    for decision in decisions:
        after = evolve(after, decision, now)
    return after, decisions


def _answer(case: Case) -> Decision:
    """Answer a signal; whoever reads decisions alone finds the end of an episode by its name."""
    episode = getattr(case.signal, "episode", None) or getattr(case.signal, "incident", None)
    return msgspec.structs.replace(_judged(case), episode=episode)


def _judged(case: Case) -> Decision:
    if _is_information(case.signal):
        told = Held(reason="informational", because="it needs no action", would_change="nothing: it is information")
        return hold(case, told, answers=case.signal.id, about=describe_signal(case.signal))
    gates, held = examine(SIGNAL_GATES, case)
    if held is None and rung_of(case) == "hold":
        return stop_rollout(case, gates)
    if held is None and (act := DEEDS.get(rung_of(case))) is not None:
        return act(case, gates)
    target = None if held else target_of(case)
    if target is not None:
        return roll_back(case, target.revision, gates)
    if held is None:
        raise AssertionError("the gate for the last good revision lets nothing pass without one")
    return hold(
        case,
        held,
        answers=case.signal.id,
        about=describe_signal(case.signal),
        gates=gates,
        contributions=case.signal.evidence.contributions,
    )


def _is_information(signal: Signal) -> bool:
    """Whether a signal asks for nothing: an end, a name, or a comparison that found nothing wrong."""
    return isinstance(signal, _INFORMATIONAL) or (isinstance(signal, Regression) and signal.verdict != "degraded")


def _reconsider(
    policy: RollbackPolicy | None, state: WorkloadState, fact: RolloutStarted, now: float, around: Surroundings
) -> list[Decision]:
    """
    Look again at what is still open when the rollout itself becomes known, and at what is rolled out.

    Telemetry and the registry's watcher race: a breach that is said once may be read before the rollout that explains it, and was
    then answered with "not the rollout". Only an action is said here; the signals have their answers.
    """
    if fact.id in state.answered or any(seen.rollout == fact.rollout and seen.is_started for seen in state.rollouts):
        return []
    after = evolve(state, fact, now)
    if after.newest_rollout is None or after.newest_rollout.rollout != fact.rollout:
        return []
    answers: list[Decision] = []
    for signal in after.open_signals:
        answer = _answer(Case(policy=policy, state=after, now=now, around=around, signal=signal))
        if isinstance(answer, Action):
            answers.append(answer)
    first = sorted(answers, key=lambda one: not isinstance(one, RollbackDecided))[:1]
    situation = Situation(policy=policy, state=after, now=now, around=around)
    return with_fallback(situation, *first) if first else meet(situation, fact)
