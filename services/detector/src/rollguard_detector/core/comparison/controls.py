"""
With what is the candidate compared? The best control there is; which one it was is part of the evidence.

Concurrent traffic first: it shares the hour, the users and the datacentre. Mirrored traffic shares the requests. Without either,
the revision before at equal age, so that a cold start is compared with a cold start, its windows frozen when the rollout began: a
baseline that goes on learning learns the fault. The season is the workload's, not a revision's, and is divided out of both. With
nothing, the objective alone is left, and no verdict may blame the rollout.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from rollguard_detector.core.comparison.window import Window

Kind = Literal["concurrent", "mirror", "equal-age", "objective"]
_LEAST_REQUESTS = 1


class Choice(NamedTuple):
    """The control that was chosen, and why, as a sentence."""

    kind: Kind
    because: str


def choose(concurrent_n: int, mirrored_n: int, before_n: int) -> Choice:
    """Choose by how many requests each possible control has in the windows at hand."""
    if concurrent_n >= _LEAST_REQUESTS:
        return Choice("concurrent", "the stable revision serves at the same time")
    if mirrored_n >= _LEAST_REQUESTS:
        return Choice("mirror", "the stable revision answers a mirror of the candidate's requests")
    if before_n >= _LEAST_REQUESTS:
        return Choice("equal-age", "nothing serves beside the candidate: compared with the revision before it at equal age")
    return Choice("objective", "there is nothing to compare with: judged by the objective alone")


class Counts(NamedTuple):
    """Requests and bad ones of one revision in one window."""

    n: int
    bad: int


def at_equal_age(
    before: Mapping[int, Counts], candidate: Mapping[int, Counts], season: Mapping[int, float] | None = None
) -> Sequence[Window]:
    """
    Pair windows by age (windows since a revision began to serve), in order of age; what has no partner is left out.

    ``season`` tells, by the candidate's age, how many times its usual rate the workload has now over what it had when the revision
    before was as old. It divides the exposure of the control: twice the rate is as if half the requests had made as many bad ones.
    """
    pairs = []
    for age in sorted(set(before) & set(candidate)):
        scale = (season or {}).get(age, 1.0)
        control, own = before[age], candidate[age]
        control_n = max(control.bad, round(control.n / scale)) if scale > 0.0 else control.n
        pairs.append(Window(control_n, control.bad, own.n, own.bad))
    return pairs
