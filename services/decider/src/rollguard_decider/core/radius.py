"""
How much may be touched at once, and in which order: the blast radius, and what a workload depends on.

Many rollbacks at once are more often one global fault than many bad releases, and taking back what depends on a broken thing mends
nothing.
"""

import math

from rollguard_decider.core.fleet import tenant_of
from rollguard_decider.core.situation import Case, Held, Verdict

_NAMED = 3


def is_small_enough(case: Case) -> Verdict:
    """Hold what would be one rollback too many at once, or a too large share of the fleet."""
    guards, around = case.spec.guards, case.around
    if guards.max_simultaneous is None and guards.max_fleet_ratio is None:
        return "no limit"  # and no count: what others do is not known alike in every process, unless a guard asks for it
    under_way = [deed for deed in around.under_way(case.now) if deed.workload != case.state.workload]
    if guards.max_simultaneous is not None and len(under_way) >= guards.max_simultaneous:
        names = ", ".join(sorted({deed.workload for deed in under_way})[:_NAMED])
        because = f"{len(under_way)} rollbacks are under way ({names}), {guards.max_simultaneous} may be"
        return Held(reason="simultaneous", because=because, would_change="the end of one, or a higher guards.maxSimultaneous")
    if guards.max_fleet_ratio is None:
        return f"{len(under_way)} under way"
    taken = {deed.workload for deed in around.within_hour(case.now)} - {case.state.workload}
    allowed = max(1, math.floor(guards.max_fleet_ratio * around.workloads))
    if len(taken) >= allowed:
        because = f"{len(taken)} of {around.workloads} workloads were taken back within an hour, {allowed} may be"
        return Held(reason="fleet-ratio", because=because, would_change="an hour without, or a higher guards.maxFleetRatio")
    return f"{len(taken)} of {around.workloads} workloads within an hour, {allowed} may be"


def is_its_turn(case: Case) -> Verdict:
    """Hold while something that the workload depends on is in trouble, or is just being taken back."""
    waits_for = case.spec.guards.after
    troubled = [workload for workload in waits_for if workload in case.around.troubled]
    if troubled:
        because = f"{troubled[0]}, which it depends on, is in trouble itself"
        return Held(
            reason="dependency-in-trouble", because=because, would_change=f"{troubled[0]} being well again", cause="upstream"
        )
    return f"{', '.join(waits_for)} is well" if waits_for else f"depends on nothing in {tenant_of(case.state.workload)}"
