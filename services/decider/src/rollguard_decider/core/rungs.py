"""
Which rung of the policy's ladder a signal reaches: telling, holding the rollout, aborting it, or taking it back.

Missing and stuck telemetry has a rung of its own, which never takes anything back: a rollout that broke the exporter and one that
broke the service look the same from here, and a promise that no data is no verdict must not depend on which it was. It may hold.
"""

from typing import Literal

from rollguard_decider.core.evidence import NO_DATA
from rollguard_decider.core.situation import Case, Held, Verdict
from rollguard_schemas.policy_ladder import Rung
from rollguard_schemas.signals import AnomalyOpened, BreachForecast, ObjectiveBreached, Regression, Signal
from rollguard_schemas.targets import can_abort, driver_of

TAKES_BACK: frozenset[Rung] = frozenset({"abort", "rollback"})
Kind = Literal["breach", "forecast", "anomaly", "regression", "silence"]


def kind_of(signal: Signal) -> Kind | None:
    """Name the kind of evidence that a signal is; None for what no ladder knows."""
    match signal:
        case AnomalyOpened():
            return "silence" if signal.kind in NO_DATA else "anomaly"
        case ObjectiveBreached():
            return "breach"
        case BreachForecast():
            return "forecast"
        case Regression():
            return "regression"
    return None


def rung_of(case: Case) -> Rung:
    """Return how far up the ladder the signal reaches; an abort of what cannot be aborted is what the policy says instead."""
    rung = _listed(case)
    return case.spec.ladder.abort_else if rung == "abort" and not can_abort(case.spec.target) else rung


def only_in_flight(case: Case) -> bool:
    """Whether the rollout may be aborted, and not taken back once it was promoted."""
    return rung_of(case) == "abort" and case.spec.ladder.abort_else != "rollback"


def is_more_than_told(case: Case) -> Verdict:
    """Hold what the policy only wants to be told of."""
    kind, rung = kind_of(case.signal), rung_of(case)
    if rung != "notify":
        return f"a {kind} reaches {rung}"
    if _listed(case) == "abort":
        because = f"a {kind} aborts, and {driver_of(case.spec.target)} has no rollout in flight that could be aborted"
        return Held(reason="notify-only", because=because, would_change="ladder.abortElse: rollback")
    return Held(
        reason="notify-only",
        because=f"the policy only tells of a {kind}",
        would_change=f"ladder.{kind}: hold" + ("" if kind == "silence" else ", or rollback"),
    )


def _listed(case: Case) -> Rung:
    kind = kind_of(case.signal)
    return "notify" if kind is None else getattr(case.spec.ladder, kind)
