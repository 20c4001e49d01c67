"""
What a policy may say and hardly means: parts of it that contradict each other, so that it would never do what it was written for.

A warning refuses nothing, since somebody may know better; ``--strict`` takes it for a mistake.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from rollguard_console.policy_files.findings import Checked, Finding
from rollguard_schemas.policies import PolicySpec
from rollguard_schemas.targets import can_abort, can_restart, can_scale, driver_of

_DAY_SECONDS = 86_400.0


class Doubt(NamedTuple):
    """Where, what, and the mend."""

    path: str
    problem: str
    mend: str


def warnings_of(policies: Sequence[Checked]) -> Iterator[Finding]:
    """Yield the warnings about policies, each alone and all together."""
    for checked in policies:
        for doubt in (one for rule in _RULES for one in rule(checked.policy.spec)):
            yield _finding(checked, doubt)
    yield from _circles(policies)


def _acts_on_nothing(spec: PolicySpec) -> Iterator[Doubt]:
    act_on = spec.act_on
    if not spec.objectives and act_on.anomaly is None and not act_on.regression:
        mend = "add an objective, or actOn.anomaly, or actOn.regression"
        yield Doubt("spec.objectives", "without objectives neither a breach nor a forecast is ever seen", mend)
    elif not act_on.breach and act_on.forecast is None and act_on.anomaly is None and not act_on.regression:
        yield Doubt(
            "spec.actOn", "no evidence may act, so nothing ever happens", "set one of breach, forecast, anomaly, regression"
        )


def _never_acts(spec: PolicySpec) -> Iterator[Doubt]:
    if spec.mode == "act" and spec.guards.max_rollbacks_per_day == 0:
        yield Doubt(
            "spec.guards.maxRollbacksPerDay", "mode is act, and no rollback a day is allowed", "write mode: observe instead"
        )
    whole = [window for window in spec.guards.freeze_windows if _is_always(window.days, window.from_date, window.until_date)]
    if any(window.from_time == "00:00" and window.until_time == "24:00" for window in whole):
        yield Doubt("spec.guards.freezeWindows", "a window that never ends freezes for ever", "give it days, hours or dates")


def _is_always(days: Sequence[str], from_date: str | None, until_date: str | None) -> bool:
    return len(set(days)) in (0, 7) and from_date is None and until_date is None


def _horizons(spec: PolicySpec) -> Iterator[Doubt]:
    forecast = spec.act_on.forecast
    for index, objective in enumerate(spec.objectives):
        needed = (objective.interval_seconds or 0.0) * objective.consecutive_samples
        if forecast is not None and objective.interval_seconds and forecast.horizon_seconds <= objective.interval_seconds:
            looks, comes = forecast.horizon_seconds, objective.interval_seconds
            problem = f"a forecast looks {looks:g} s ahead, and the metric comes every {comes:g} s"
            yield Doubt("spec.actOn.forecast.horizonSeconds", problem, f"look ahead {3 * objective.interval_seconds:g} s or more")
        if needed > spec.verify.within_seconds:
            problem = f"a recovery takes {needed:g} s to be seen, and verification ends after {spec.verify.within_seconds:g} s"
            path = f"spec.objectives[{index}].consecutiveSamples"
            yield Doubt(path, problem, f"verify.withinSeconds of {2 * needed:g}, or fewer samples")
    if forecast is not None and spec.ladder.forecast != "notify" and forecast.probability < 0.5:
        problem = f"a forecast acts that is more likely wrong than right ({forecast.probability:g})"
        yield Doubt("spec.actOn.forecast.probability", problem, "ask for 0.8 or more")


def _half_lives(spec: PolicySpec) -> Iterator[Doubt]:
    comes_every = {one.metric: one.interval_seconds for one in spec.objectives if one.interval_seconds}
    for index, rules in enumerate(spec.anomalies.metrics):
        half_life, comes = rules.half_life_seconds, comes_every.get(rules.metric)
        if half_life is not None and comes is not None and half_life < comes:
            problem = f"half of what is usual is forgotten in {half_life:g} s, and the metric comes every {comes:g} s"
            path = f"spec.anomalies.metrics[{index}].halfLifeSeconds"
            yield Doubt(path, problem, f"write {10 * comes:g} or more, or leave it out")


def _unread(spec: PolicySpec) -> Iterator[Doubt]:
    """What is written, and read by nothing."""
    ladder, act_on = spec.ladder, spec.act_on
    if ladder.forecast in ("abort", "rollback") and act_on.forecast is None:
        yield Doubt("spec.ladder.forecast", "forecasts take back, and none is listed", "add actOn.forecast")
    if spec.mode == "observe" and (spec.approval.required or spec.approval.by):
        yield Doubt("spec.approval", "in observe nobody is asked", "write mode: recommend, or act")
    if spec.mode != "act" and spec.guards.recommend_only_windows:
        yield Doubt("spec.guards.recommendOnlyWindows", f"mode is {spec.mode}, which never acts by itself", "write mode: act")
    if spec.combine.rule == "weighted":
        for index, objective in enumerate(spec.objectives):
            if objective.name not in {*spec.combine.weights, *spec.combine.critical}:
                problem = f"{objective.name} has no weight and is not critical, so it never counts"
                yield Doubt(f"spec.objectives[{index}].name", problem, f"add combine.weights.{objective.name}")


def _aborts(spec: PolicySpec) -> Iterator[Doubt]:
    otherwise = spec.ladder.abort_else
    for kind in ("breach", "forecast", "anomaly", "regression"):
        if getattr(spec.ladder, kind) == "abort" and not can_abort(spec.target):
            problem = f"{driver_of(spec.target)} has no rollout in flight to abort, so it is always {otherwise}"
            yield Doubt(f"spec.ladder.{kind}", problem, f"write {otherwise}, or hold")


def _acts(spec: PolicySpec) -> Iterator[Doubt]:
    able = {"restart": can_restart(spec.target), "scale-out": can_scale(spec.target)}
    for kind in ("breach", "forecast", "anomaly", "regression"):
        rung = getattr(spec.ladder, kind)
        if not able.get(rung, True):
            yield Doubt(
                f"spec.ladder.{kind}",
                f"{driver_of(spec.target)} knows no {rung}, so every one would fail",
                "write hold, or rollback",
            )


def _counts(spec: PolicySpec) -> Iterator[Doubt]:
    guards = spec.guards
    reachable = int(_DAY_SECONDS // guards.cooldown_seconds) + 1 if guards.cooldown_seconds else guards.max_rollbacks_per_day
    if guards.max_rollbacks_per_day > reachable:
        problem = f"a cooldown of {guards.cooldown_seconds:g} s leaves room for {reachable} a day"
        yield Doubt("spec.guards.maxRollbacksPerDay", problem, f"write {reachable}, or a shorter cooldownSeconds")
    if guards.max_rollbacks_per_hour is not None and guards.max_rollbacks_per_hour > guards.max_rollbacks_per_day:
        yield Doubt("spec.guards.maxRollbacksPerHour", "more an hour than a day", f"write {guards.max_rollbacks_per_day} or less")
    tenant, fleet = guards.tenant_max_rollbacks_per_hour, guards.fleet_max_rollbacks_per_hour
    if tenant is not None and fleet is not None and tenant > fleet:
        yield Doubt(
            "spec.guards.tenantMaxRollbacksPerHour", "a tenant has a larger budget than the whole fleet", f"write {fleet} or less"
        )


def _combined(spec: PolicySpec) -> Iterator[Doubt]:
    shorter = spec.guards.rollout_window_seconds
    forecast = spec.act_on.forecast
    if forecast is not None and forecast.horizon_seconds > shorter:
        problem = f"a forecast looks {forecast.horizon_seconds:g} s ahead, and a rollout is to blame for {shorter:g} s only"
        yield Doubt("spec.guards.rolloutWindowSeconds", problem, f"write {forecast.horizon_seconds:g} or more")
    if spec.combine.rule == "all" and len(spec.objectives) == 1 and not spec.combine.of:
        yield Doubt("spec.combine.rule", "all of one objective is any of it", "leave combine out")


def _circles(policies: Sequence[Checked]) -> Iterator[Finding]:
    """Workloads that wait for one another: in a common trouble none would ever be taken back."""
    after = {checked.policy.workload: checked.policy.spec.guards.after for checked in policies}
    for checked in policies:
        circle = _circle(checked.policy.workload, after)
        if circle:
            problem = f"it waits for itself: {' after '.join(circle)}"
            yield _finding(checked, Doubt("spec.guards.after", problem, "leave one of these out"))


def _circle(start: str, after: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    paths: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while paths:
        path = paths.pop()
        for one in after.get(path[-1], ()):
            if one == start:
                return (*path, one)
            if one not in seen:
                seen.add(one)
                paths.append((*path, one))
    return ()


def _finding(checked: Checked, doubt: Doubt) -> Finding:
    return Finding(file=checked.file, line=checked.line, path=doubt.path, problem=doubt.problem, mend=doubt.mend)


_RULES: tuple[Callable[[PolicySpec], Iterable[Doubt]], ...] = (
    _acts_on_nothing,
    _never_acts,
    _horizons,
    _half_lives,
    _unread,
    _aborts,
    _acts,
    _counts,
    _combined,
)
