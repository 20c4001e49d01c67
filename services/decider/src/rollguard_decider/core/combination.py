"""
Evidence on several metrics taken together, as the policy combines them.

What counts is what stands open now: the signal itself and every other opening that was not closed, that the policy lists as strong
enough and that began not too long ago. So the signal that completes a combination is the one that is answered with the action.
"""

from collections.abc import Callable, Iterator

import msgspec

from rollguard_decider.core.evidence import is_listed_and_strong
from rollguard_decider.core.expressed import is_so
from rollguard_decider.core.rungs import kind_of
from rollguard_decider.core.situation import Case, Held, Verdict
from rollguard_schemas.policies import PolicySpec
from rollguard_schemas.policy_ladder import Combination
from rollguard_schemas.signals import ObjectiveSignal, Signal

_Rule = Callable[[Combination, PolicySpec, frozenset[str]], Held | None]


def is_complete(case: Case) -> Verdict:
    """Hold evidence that the policy does not take alone."""
    if kind_of(case.signal) == "silence":
        return "silence is not combined"
    rule, shown = case.spec.combine, showing(case)
    if rule.rule == "expression" and not shown & {*rule.critical}:
        return is_so(case, shown_signals(case))
    if critical := sorted(shown & {*rule.critical}):
        return f"{critical[0]} is enough alone"
    held = _RULES[rule.rule](rule, case.spec, shown)
    return held or f"{rule.rule}: {', '.join(sorted(shown)) or 'nothing'} shows"


def showing(case: Case) -> frozenset[str]:
    """Return the names, by objective or else by metric, of all that shows together with the signal."""
    return frozenset(shown_signals(case))


def shown_signals(case: Case) -> dict[str, Signal]:
    """Return the same with the signals that show it; of several on one name, the latest."""
    found = sorted(_strong(case), key=lambda one: one.time_unix_seconds)
    return {name: one for one in found if (name := name_of(case.spec, one))}


def _strong(case: Case) -> Iterator[Signal]:
    """Yield the signal and all that stands open beside it, if the policy takes it for strong enough."""
    compared = case.state.compared
    standing: list[Signal] = [*case.state.open_signals, *([compared] if compared and compared.verdict == "degraded" else [])]
    others = [msgspec.structs.replace(case, signal=one) for one in standing if _goes_with(case, one)]
    for one in (*others, case):
        if not isinstance(is_listed_and_strong(one), Held):
            yield one.signal


def _goes_with(case: Case, other: Signal) -> bool:
    """Whether an open signal is of the same time and of no other revision, and says something at all."""
    is_recent = case.now - other.time_unix_seconds <= case.spec.combine.within_seconds
    newest = case.state.newest_rollout
    is_of_it = other.revision is None or newest is None or other.revision == newest.to_revision
    return is_recent and is_of_it and kind_of(other) != "silence"


def name_of(spec: PolicySpec, signal: Signal) -> str | None:
    """Return the name by which a policy combines a signal."""
    if isinstance(signal, ObjectiveSignal):
        return signal.objective
    metric: str | None = getattr(signal, "metric", None)
    return next((one.name for one in spec.objectives if one.metric == metric), metric)


def _any(_rule: Combination, _spec: PolicySpec, _shown: frozenset[str]) -> None:
    return None


def _all(rule: Combination, spec: PolicySpec, shown: frozenset[str]) -> Held | None:
    missing = sorted({*(rule.of or (one.name for one in spec.objectives))} - shown)
    if not missing:
        return None
    return _incomplete(
        f"{', '.join(missing)} {'does' if len(missing) == 1 else 'do'} not show it", f"{missing[0]} showing it as well"
    )


def _weighted(rule: Combination, _spec: PolicySpec, shown: frozenset[str]) -> Held | None:
    weight = sum(weight for name, weight in rule.weights.items() if name in shown) / sum(rule.weights.values())
    if weight >= rule.at_least:
        return None
    lightest = next((name for name in sorted(rule.weights, key=lambda one: -rule.weights[one]) if name not in shown), "")
    because = f"what shows weighs {weight:.0%}, the policy asks for {rule.at_least:.0%}"
    return _incomplete(because, f"{lightest} showing it as well" if lightest else "a lower combine.atLeast")


def _incomplete(because: str, would_change: str) -> Held:
    return Held(reason="combination-incomplete", because=because, would_change=would_change)


_RULES: dict[str, _Rule] = {"any": _any, "all": _all, "weighted": _weighted}
