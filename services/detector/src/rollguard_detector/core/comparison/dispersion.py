"""
How much the arms differ from window to window although nothing is wrong: noise of their own, that counting alone does not
explain.

Requests fail in clusters, caches warm, neighbours are noisy. A test that knows only the noise of counting takes such windows for
proof: at 200 requests a second with a variance of 0.2 it rolls back one healthy release in six. The noise is a factor of mean one
and variance v on an arm's rate in a window; the factors that both arms share cancel and do not belong here.

Which v holds is not asked of the user. Evidence is weighed over four values by how well they explain the windows seen so far,
and replicas or windows before the rollout could say where to start (nobody asks them yet).
"""

from collections.abc import Iterable, Sequence
from math import log

VARIANCES = (0.0, 0.02, 0.2, 0.7)
PRIOR = (0.65, 0.07, 0.19, 0.09)
CAUTION = 1.7  # the evidence assumes so much more noise than the windows were best explained by: v lies between the values
_FAR = 20.0


def logit_spread(variance: float) -> float:
    """Return the variance of the log ratio of two gamma factors of mean one: twice the trigamma function at 1 / v."""
    return 2.0 * trigamma(1.0 / variance) if variance > 0.0 else 0.0


def trigamma(x: float) -> float:
    """Return the second derivative of log gamma, by its recurrence and its asymptotic series (Abramowitz and Stegun 6.4.12)."""
    below = 0.0
    while x < _FAR:
        below += 1.0 / (x * x)
        x += 1.0
    return below + 1.0 / x + 1.0 / (2.0 * x * x) + 1.0 / (6.0 * x**3) - 1.0 / (30.0 * x**5)


SPREADS = tuple(map(logit_spread, VARIANCES))


def variance_between(parts: Iterable[tuple[int, int]]) -> float:
    """
    Return the variance of the factors on the rate of parts (requests, bad), by moments: replicas of one arm, or windows of history.

    The expected square of bad - n p is n p (1 - p) + v (n p)**2; 0 where counting explains it all, or with less than two parts.
    """
    counted = [(n, bad) for n, bad in parts if n > 0]
    total, bad_total = sum(n for n, _ in counted), sum(bad for _, bad in counted)
    if len(counted) < 2 or not bad_total:
        return 0.0
    rate = bad_total / total
    squares = sum((bad - n * rate) ** 2 - n * rate * (1.0 - rate) * (1.0 - n / total) for n, bad in counted)
    return max(0.0, squares / sum((n * rate) ** 2 for n, _ in counted))


def prior_knowing(variance: float, windows: int) -> tuple[float, ...]:
    """Return the prior over `VARIANCES` where history or replicas found a variance in so many parts, each counted like a window."""
    if windows < 2:
        return PRIOR
    closeness = [-abs(log((one + 0.02) / (variance + 0.02))) for one in VARIANCES]
    weights = [share * 2.0 ** (min(windows, 20) * 0.5 * close) for share, close in zip(PRIOR, closeness, strict=True)]
    return _normalised(weights)


def _normalised(weights: Sequence[float]) -> tuple[float, ...]:
    total = sum(weights)
    return tuple([weight / total for weight in weights])
