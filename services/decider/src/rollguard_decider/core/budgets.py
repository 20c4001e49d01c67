"""
How often may a rollback happen: the cooldown, and the budgets of the workload, its tenant and the fleet.

A rollback that is not needed costs users as well, and one that repeats is a fault of ours or of the policy. What was decided
counts, acted on or not, save for the fleet: there only what acts.
"""

from collections.abc import Iterator

from rollguard_decider.core.fleet import HOUR_SECONDS, tenant_of
from rollguard_decider.core.situation import Case, Held, Verdict
from rollguard_decider.core.state import STEPS_KEPT, StepBack
from rollguard_decider.core.wording import duration
from rollguard_schemas.decisions import WithheldReason

DAY_SECONDS = 86_400.0


def cooled_down(case: Case) -> Verdict:
    """Hold what comes too soon after the last rollback; each one within a day makes the wait longer, if the policy says so."""
    if not case.state.steps_back:
        return "no earlier decision"
    last = max(case.state.steps_back, key=lambda step: step.decided_unix_seconds)
    cooldown, since = cooldown_seconds(case), case.now - last.decided_unix_seconds
    if since < cooldown:
        because = f"the last rollback was decided {duration(max(0.0, since))} ago, the cooldown is {duration(cooldown)}"
        return Held(
            reason="cooldown", because=because, would_change=f"waiting {duration(cooldown - since)}", decision_id=last.decision_id
        )
    return f"{duration(since)} since the last decision, {duration(cooldown)} is asked for"


def cooldown_seconds(case: Case) -> float:
    """Return the cooldown as it stands: the policy's, longer by its backoff for each rollback of the last day but the first."""
    guards, recent = case.spec.guards, len(list(_decided_within(case, DAY_SECONDS)))
    longer = guards.cooldown_backoff ** min(max(0, recent - 1), STEPS_KEPT)
    return min(guards.cooldown_seconds * longer, max(guards.cooldown_seconds, DAY_SECONDS))


def within_budget(case: Case) -> Verdict:
    """Hold what is beyond the workload's budget; one above what is remembered counts as that, since the rest cannot be counted."""
    guards = case.spec.guards
    budget, spent = min(guards.max_rollbacks_per_day, STEPS_KEPT), len(list(_decided_within(case, DAY_SECONDS)))
    if spent >= budget:
        return _spent("budget-spent", spent, budget, "a day", "a day that began, or a higher guards.maxRollbacksPerDay")
    hourly = guards.max_rollbacks_per_hour
    in_hour = len(list(_decided_within(case, HOUR_SECONDS)))
    if hourly is not None and in_hour >= hourly:
        return _spent(
            "hourly-budget-spent", in_hour, hourly, "an hour", "an hour that began, or a higher guards.maxRollbacksPerHour"
        )
    return f"{spent} of {budget} a day are spent"


def within_shared_budgets(case: Case) -> Verdict:
    """Hold what the tenant or the fleet has no budget for any more."""
    guards, deeds = case.spec.guards, case.around.within_hour(case.now)
    tenant, fleet = guards.tenant_max_rollbacks_per_hour, guards.fleet_max_rollbacks_per_hour
    of_tenant = sum(tenant_of(deed.workload) == tenant_of(case.state.workload) for deed in deeds)
    if tenant is not None and of_tenant >= tenant:
        change = "an hour that began, or a higher guards.tenantMaxRollbacksPerHour"
        return _spent("tenant-budget-spent", of_tenant, tenant, f"an hour of {tenant_of(case.state.workload)}", change)
    if fleet is not None and len(deeds) >= fleet:
        change = "an hour that began, or a higher guards.fleetMaxRollbacksPerHour"
        return _spent("fleet-budget-spent", len(deeds), fleet, "an hour of the fleet", change)
    return (
        "no shared budget"
        if tenant is None and fleet is None
        else f"{of_tenant} of the tenant, {len(deeds)} of the fleet in an hour"
    )


def _decided_within(case: Case, seconds: float) -> Iterator[StepBack]:
    return (step for step in case.state.steps_back if case.now - step.decided_unix_seconds < seconds)


def _spent(reason: WithheldReason, spent: int, budget: int, per: str, would_change: str) -> Held:
    return Held(reason=reason, because=f"{spent} of {budget} rollbacks {per} are spent", would_change=would_change)
