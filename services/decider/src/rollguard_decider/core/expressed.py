"""
Evidence combined by an expression of the policy.

The same text over the same evidence has the same answer in the service and in a backtest. One that cannot be answered holds and
says why: a mistake in a policy must never be the reason for an action.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from rollguard_decider.core.rungs import kind_of
from rollguard_decider.core.situation import Case, Held, Verdict
from rollguard_schemas.expressions import SHOWN, Fault, Refused, holds, identifier
from rollguard_schemas.signals import Signal


def is_so(case: Case, shown: Mapping[str, Signal]) -> Verdict:
    """Hold unless the policy's expression holds of what shows."""
    text, names = case.spec.combine.expression, case.spec.combinable
    showing = ", ".join(sorted(shown)) or "nothing"
    try:
        is_met = holds(text, names, dict(_facts(names, shown, case.now)))
    except (Refused, Fault) as error:
        because = f"the policy's expression cannot be answered: {error}"
        return Held(reason="expression-failed", because=because, would_change="an expression that asks .shows before what it shows")
    if is_met:
        return f"{text} holds, {showing} shows"
    because = f"{text} does not hold: {showing} shows"
    return Held(reason="combination-incomplete", because=because, would_change="evidence of which the expression holds")


def _facts(names: tuple[str, ...], shown: Mapping[str, Signal], now: float) -> Iterator[tuple[str, Any]]:
    """Yield the variables; what is not known of a name is left out, so that whoever asks for it without care is told."""
    yield SHOWN, sorted(shown)
    for name in names:
        signal, variable = shown.get(name), identifier(name)
        yield f"{variable}.shows", signal is not None
        yield f"{variable}.kind", (kind_of(signal) or "") if signal else ""
        if signal is None:
            continue
        yield f"{variable}.age_seconds", max(0.0, now - signal.time_unix_seconds)
        for field in ("value", "probability", "severity"):
            known = getattr(signal, field, None)
            if known is not None:
                yield f"{variable}.{field}", known
