"""
How much the arms differ from window to window although nothing is wrong: noise of their own, that counting alone does not
explain.

Requests fail in clusters, caches warm, neighbours are noisy. A test that knows only the noise of counting takes such windows for
proof: at 200 requests a second with a variance of 0.2 it rolls back one healthy release in six. The noise is a factor of mean one
and variance v on an arm's rate in a window; the factors that both arms share cancel and do not belong here.

Which v holds is not asked of the user. Evidence is weighed over four values by how well they explain the windows seen so far.
Where it starts is told by parts that served side by side before the rollout (`side_by_side`): replicas of the control, or the
control and the revision before it. The rule: what is told may only raise the noise. Parts that differ prove noise; parts that agree
prove none, since replicas cannot show what a whole revision adds (its caches, its shard of the traffic), nor can days before a
rollout what rolling out does. Little is lost by that: the smaller of the exact and the weighed evidence counts (`robust`), so more
trust in no noise than the default could add -log(0.65) = 0.43 nats of the 4.6 that a verdict needs. For the same reason nothing
told can make the error larger where counting is the only noise. How one arm varies over time tells nothing here: that is mostly
seasons and incidents, which both arms share.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import exp

VARIANCES = (0.0, 0.02, 0.2, 0.7)
PRIOR = (0.65, 0.07, 0.19, 0.09)
CAUTION = 1.7  # the evidence assumes so much more noise than the windows were best explained by: v lies between the values
_FAR = 20.0
_ROUNDING = 1e-9
_POWER = 0.5  # of what was told: neighbouring windows resemble each other
_UNMOVED = 0.2  # of the default prior that nothing can move, so that the comparison's own windows soon unlearn what is over


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


def prior_told(told: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """
    Return the prior over `VARIANCES` by each source's log likelihoods of them (`side_by_side`): the default where none raises it.

    A power prior of one half (Ibrahim, Chen 2000, Stat. Sci. 15). Of the chances that the variance is at least so large, the
    largest of the default's and each source's holds, so a source that found none takes nothing back.
    """
    default = _at_least(PRIOR)
    tails = [max(sizes) for sizes in zip(default, *[_at_least(_posterior(logs)) for logs in told], strict=True)]
    if all(tail <= known + _ROUNDING for tail, known in zip(tails, default, strict=True)):
        return PRIOR
    moved = [high - higher for high, higher in pairwise((*tails, 0.0))]
    return tuple([_UNMOVED * share + (1.0 - _UNMOVED) * one for share, one in zip(PRIOR, moved, strict=True)])


def mean_variance(prior: Sequence[float]) -> float:
    """Return the mean of a prior over `VARIANCES`."""
    return sum([share * variance for share, variance in zip(prior, VARIANCES, strict=True)])


def _posterior(logs: Sequence[float]) -> list[float]:
    highest = max(logs)
    weights = [share * exp(_POWER * (one - highest)) for share, one in zip(PRIOR, logs, strict=True)]
    total = sum(weights)
    return [weight / total for weight in weights]


def _at_least(prior: Sequence[float]) -> list[float]:
    return list(accumulate(reversed(prior)))[::-1]
