"""
What an alert says, and what it proposes to type.

The reasons are the decision's own explanation, word for word: a second account beside it would contradict it one day. Each
situation has its next steps, since a person who is woken should not have to look commands up.
"""

from rollguard_schemas.alerts import NextStep
from rollguard_schemas.decisions import (
    Action,
    CallDecided,
    Decision,
    FallbackDecided,
    RestartDecided,
    RollbackDecided,
    ScaleOutDecided,
    Withheld,
)
from rollguard_schemas.outcomes import (
    ActionApplied,
    Compensating,
    Failed,
    Outcome,
    PutBack,
    Skipped,
    StepApplied,
    Succeeded,
    Superseded,
    Unverified,
)

_OUTCOMES: dict[type[Outcome], str] = {
    ActionApplied: "the change is made, telemetry has to prove it",
    Succeeded: "{target} serves again, and telemetry proves it",
    Failed: "the change could not be made, a person is needed",
    Skipped: "nothing was changed",
    Superseded: "{suspect} serves no longer, nothing was changed",
    Unverified: "the change is made and telemetry does not prove it, a person is needed",
    StepApplied: "one target of several is changed, the others follow",
    Compensating: "a later step failed, what was changed before is being put back",
    PutBack: "what was done for a while is over",
}


def title_of_decision(decision: Decision) -> str:
    """Say in a few words what was decided."""
    match decision:
        case RollbackDecided():
            deed = f"back from revision {decision.suspect_revision} to {decision.target_revision}"
        case FallbackDecided():
            deed = f"{decision.fallback_revision} answers for revision {decision.suspect_revision}"
        case ScaleOutDecided():
            deed = "more replicas ahead of the load"
        case CallDecided():
            deed = f"{decision.order} ordered of {decision.target.phrase}"
        case RestartDecided():
            deed = f"revision {decision.suspect_revision} is restarted"
        case Withheld():
            return f"{decision.workload}: no action ({decision.reason})"
        case _:
            deed = "the rollout is held"
    by_mode = {"act": "decided", "recommend": "recommended, waits for approval", "observe": "would be done, the policy observes"}
    return f"{decision.workload}: {deed}, {by_mode[decision.mode]}"


def title_of_outcome(outcome: Outcome) -> str:
    """Say in a few words what became of it."""
    what = _OUTCOMES[type(outcome)].format(
        target=f"revision {outcome.target_revision}", suspect=f"revision {outcome.suspect_revision}"
    )
    return f"{outcome.workload}: {what}"


def title_of_end(workload: str, outcome: Outcome | None) -> str:
    """Say that it is over, and by what."""
    if isinstance(outcome, Succeeded):
        return f"{workload}: over, revision {outcome.target_revision} serves"
    return f"{workload}: over"


def next_steps(decision: Decision, *, needs_person: bool = False, is_over: bool = False) -> tuple[NextStep, ...]:
    """Return what to type, the likeliest first."""
    explain = NextStep(does="read the whole story", command=f"rollguard explain {decision.id}")
    if is_over:
        return (explain,)
    if isinstance(decision, Action) and decision.mode == "recommend" and not needs_person:
        return (*_decide_on(decision), explain)
    if isinstance(decision, Action) and decision.mode == "act" and not needs_person:
        stop = f"rollguard kill-switch on --workload {decision.workload} --why WHY"
        return (explain, NextStep(does="stop every further action on the workload", command=stop))
    return (explain, *_by_hand(decision))


def _decide_on(decision: Action) -> tuple[NextStep, ...]:
    return (
        NextStep(does="let it act", command=f"rollguard approve {decision.id} --why WHY"),
        NextStep(does="forbid it", command=f"rollguard veto {decision.id} --why WHY"),
    )


def _by_hand(decision: Decision) -> tuple[NextStep, ...]:
    roll_back = NextStep(does="take it back by hand", command=f"rollguard rollback {decision.workload} --why WHY")
    freeze = NextStep(does="take no automatic action meanwhile", command=f"rollguard freeze {decision.workload} --for 1h --why WHY")
    return (roll_back, freeze)
