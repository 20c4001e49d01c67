"""
How much may be touched at once, and in which order: the blast radius, and what a workload depends on.

Many rollbacks at once are more often one global fault than many bad releases, and taking back what depends on a broken thing mends
nothing.
"""

import math

from rollguard_decider.core.fleet import tenant_of
from rollguard_decider.core.situation import Case, Held, Verdict
from rollguard_decider.core.upstream import is_proven_beside

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
    """
    Hold while something that the workload depends on is just being taken back, or is in trouble.

    Trouble does not hold what comparison shows: a candidate that is worse than what serves beside it is worse by itself, as both
    depend on the same.
    """
    waits_for, is_proven = case.spec.guards.after, is_proven_beside(case)
    for workload in waits_for:
        move = None if is_proven else case.around.in_trouble(workload)
        if move is not None:
            because = f"{workload}, which it depends on, is in trouble itself: {move.says}"
            return Held(reason="dependency-in-trouble", because=because, would_change=f"{workload} being well again")
        if case.around.is_taken_back(workload, case.now):
            because = f"{workload}, which it depends on, is just being taken back"
            return Held(reason="dependency-in-trouble", because=because, would_change=f"the end of that rollback of {workload}")
    if is_proven and waits_for:
        return f"{', '.join(waits_for)} cannot explain what differs between revisions that serve at the same time"
    return f"{', '.join(waits_for)} is well" if waits_for else f"depends on nothing in {tenant_of(case.state.workload)}"
