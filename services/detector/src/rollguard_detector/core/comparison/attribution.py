"""
Which of several things that happened at the same time is to blame?

The two-arm evidence already separates the rollout from what hits both arms. What is left is told apart by who moved, and when: a
dependency whose own signals moved first is upstream; of several rollouts, the one whose own candidate moved, after it began.
"""

from collections.abc import Sequence
from typing import NamedTuple

from rollguard_detector.core.comparison.verdicts import Attribution, Finding


class Dependency(NamedTuple):
    """A workload that this one calls, and when its own signals moved first."""

    workload: str
    moved_at_seconds: float


class OngoingRollout(NamedTuple):
    """Another rollout in the same neighbourhood, when it began, and whether its own comparison is degraded."""

    workload: str
    began_at_seconds: float
    is_degraded: bool


class Blame(NamedTuple):
    """What a finding is put down to, and which workload where it is another."""

    attribution: Attribution
    workload: str = ""


_SAME_TIME_SECONDS = 60.0  # a window: who moved first within one cannot be told


def attribute(
    finding: Finding,
    moved_at_seconds: float,
    dependencies: Sequence[Dependency] = (),
    others: Sequence[OngoingRollout] = (),
) -> Blame:
    """
    Return what a finding is put down to, knowing what else moved; ``moved_at_seconds`` is when this workload's evidence began.

    A candidate that is worse than its control at the same time is to blame even where a dependency moved, as the control calls it
    too. So the others matter only where both arms moved, or where nothing is known.
    """
    if finding.attribution in {"rollout", "segment"}:
        return Blame(finding.attribution)
    if finding.verdict != "degraded" and finding.attribution != "global":
        return Blame("unknown")
    first = [one for one in dependencies if one.moved_at_seconds <= moved_at_seconds + _SAME_TIME_SECONDS]
    if first:
        return Blame("upstream", min(first, key=lambda one: (one.moved_at_seconds, one.workload)).workload)
    guilty = [one for one in others if one.is_degraded and one.began_at_seconds <= moved_at_seconds]
    if guilty:
        return Blame("upstream", max(guilty, key=lambda one: (one.began_at_seconds, one.workload)).workload)
    return Blame(finding.attribution)
