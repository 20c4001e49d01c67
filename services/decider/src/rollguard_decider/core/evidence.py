"""
Does the policy let this evidence lead to an action, and is it strong enough?

One function a kind of signal. A kind that no policy can name is held here and reported, never acted on: a detector that learns to
say something new must not thereby gain the right to change production.
"""

import msgspec

from rollguard_decider.core.situation import Case, Held, Verdict
from rollguard_decider.core.wording import describe_signal, duration, number
from rollguard_schemas.fields import is_breach
from rollguard_schemas.signals import AnomalyKind, AnomalyOpened, BreachForecast, ObjectiveBreached, ObjectiveSignal, Regression

NO_DATA: tuple[AnomalyKind, ...] = ("missing", "stuck")
_SEVERITIES = ("low", "medium", "high")


def is_listed_and_strong(case: Case) -> Verdict:
    """Hold what the policy does not list, and what stays below its threshold."""
    match case.signal:
        case ObjectiveBreached() as breach:
            return _unknown_objective(case, breach) or _breach(case, breach)
        case BreachForecast() as forecast:
            return _unknown_objective(case, forecast) or _forecast(case, forecast)
        case AnomalyOpened() as anomaly:
            return _anomaly(case, anomaly)
        case Regression() as regression:
            return _regression(case, regression)
    return _not_listed(
        f"{describe_signal(case.signal)}; policies cannot act on this kind of evidence", "nothing yet: it is reported only"
    )


def _unknown_objective(case: Case, signal: ObjectiveSignal) -> Held | None:
    if any(objective.name == signal.objective for objective in case.spec.objectives):
        return None
    return _not_listed(f"the policy has no objective {signal.objective}", f"an objective named {signal.objective} in the policy")


def _breach(case: Case, signal: ObjectiveBreached) -> Verdict:
    if not case.spec.act_on.breach:
        return _not_listed("the policy does not act on a breach", "actOn.breach: true")
    objective = next(one for one in case.spec.objectives if one.name == signal.objective)
    if not is_breach(signal.value, objective.bound, objective.direction):
        bound = f"{objective.direction} {number(objective.bound)}"
        return _too_weak(f"{number(signal.value)} is no breach by the policy as it stands, which says {bound}", f"a value {bound}")
    return f"breach of {signal.objective} is listed"


def _forecast(case: Case, signal: BreachForecast) -> Verdict:
    listed = case.spec.act_on.forecast
    if listed is None:
        return _not_listed("the policy does not act on a forecast", "actOn.forecast in the policy")
    if signal.horizon_seconds > listed.horizon_seconds:
        looks, allowed = duration(signal.horizon_seconds), duration(listed.horizon_seconds)
        return _too_weak(f"the forecast looks {looks} ahead, the policy {allowed}", f"a forecast within {allowed}")
    if signal.probability < listed.probability:
        return _too_weak(
            f"the breach is {signal.probability:.0%} probable, the policy asks for {listed.probability:.0%}",
            f"a probability of {listed.probability:.0%} or more",
        )
    return f"forecast at {signal.probability:.0%}, {listed.probability:.0%} is asked for"


def _anomaly(case: Case, signal: AnomalyOpened) -> Verdict:
    if signal.kind in NO_DATA:
        if case.spec.ladder.silence == "hold":
            return "no data is no verdict, but may hold"
        because = f"{describe_signal(signal)}: no data is no verdict"
        return _not_listed(because, "data that is bad, rather than none; or ladder.silence: hold, which takes nothing back")
    listed = case.spec.act_on.anomaly
    if listed is None:
        return _not_listed("the policy does not act on an anomaly", "actOn.anomaly in the policy")
    if _SEVERITIES.index(signal.severity) < _SEVERITIES.index(listed):
        return _too_weak(f"the anomaly is of {signal.severity} severity, the policy asks for {listed}", f"{listed} severity")
    return f"anomaly of {signal.severity} severity, {listed} is asked for"


def _regression(case: Case, signal: Regression) -> Verdict:
    if not case.spec.act_on.regression:
        return msgspec.structs.replace(
            _not_listed("the policy does not act on a regression", "actOn.regression: true"), cause=signal.attribution
        )
    return f"degraded at a log e-value of {number(signal.log_e_value)}, {number(signal.log_e_needed)} is asked for"


def _not_listed(because: str, would_change: str) -> Held:
    return Held(reason="not-listed-in-policy", because=because, would_change=would_change)


def _too_weak(because: str, would_change: str) -> Held:
    return Held(reason="below-threshold", because=because, would_change=would_change)
