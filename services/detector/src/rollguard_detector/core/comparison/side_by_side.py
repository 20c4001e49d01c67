"""
What parts that served side by side say about noise between them: how likely each variance makes their counts, window by window.

The rule: only what changes from window to window and is not common to all parts counts. What all parts share (a season, an
incident) cancels within the window; by how much a part is worse in all windows (a bad pod, a revision before a fix) is a
difference, not noise, and is fitted away. No single count decides: beyond three deviations it counts as three, or one cold start
would do.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log

from rollguard_detector.core.comparison.dispersion import VARIANCES

Parts = Mapping[str, tuple[int, int]]  # of one window, by name: requests, and how many of them were bad

_ROUNDS = 4  # of fitting windows' rates and parts' ratios to each other; two revisions at a constant split take one
_LEAST_WINDOWS = 2
_MOST_SQUARE = 9.0
_LEAST_GOOD = 0.01


def comparable(windows: Sequence[Parts]) -> list[Parts]:
    """Return the windows in which several parts served and something was bad, without parts that were in one only."""
    times = Counter(name for window in windows for name, (n, _) in window.items() if n)
    kept = [
        {name: part for name, part in sorted(window.items()) if part[0] and times[name] >= _LEAST_WINDOWS} for window in windows
    ]
    return [window for window in kept if len(window) > 1 and any(bad for _, bad in window.values())]


def log_likelihoods(windows: Sequence[Parts]) -> list[float]:
    """
    Return the log likelihood of each of `VARIANCES`, in nats; all 0 where nothing compares.

    The pseudo-likelihood of Davidian and Carroll (1987, J. Am. Stat. Assoc. 82): a part's bad requests are normal around e, its
    share of the window's, with the variance of a hypergeometric count and v times the square of e; each by its degrees of freedom.
    """
    windows = comparable(windows)
    times = Counter(name for window in windows for name in window)
    ratios = _ratios(windows)
    found = [0.0] * len(VARIANCES)
    for window in windows:
        for name, share, spread in _shares(window, ratios):
            n, bad = window[name]
            expected = share * sum([one for _, one in window.values()])
            free = (1.0 - share) * (1.0 - 1.0 / times[name])
            if free <= 0.0:
                continue
            good = max(1.0 - expected / n, _LEAST_GOOD)
            square = (bad - expected) ** 2 / (expected * good * free)
            wider = [1.0 + variance * expected * spread / good for variance in VARIANCES]
            scores = [log(wide) + min(square / wide, _MOST_SQUARE) for wide in wider]
            found = [one - 0.5 * free * score for one, score in zip(found, scores, strict=True)]
    return found


def _ratios(windows: Sequence[Parts]) -> dict[str, float]:
    """Return each part's rate as a multiple of its windows', over all of them."""
    ratios = {name: 1.0 for window in windows for name in window}
    counted: Counter[str] = Counter()
    for window in windows:
        counted.update({name: bad for name, (_, bad) in window.items()})
    for _ in range(_ROUNDS):
        expected = dict.fromkeys(ratios, 0.0)
        for window in windows:
            bad = sum([one for _, one in window.values()])
            for name, share, _ in _shares(window, ratios):
                expected[name] += share * bad
        ratios = {name: ratio * counted[name] / expected[name] if expected[name] else 0.0 for name, ratio in ratios.items()}
    return ratios


def _shares(window: Parts, ratios: Mapping[str, float]) -> list[tuple[str, float, float]]:
    """Return of each part that is ever bad its share of the bad ones, and how much of its noise the window's rate leaves."""
    sizes = {name: n * ratios[name] for name, (n, _) in window.items() if ratios[name]}
    whole = sum(sizes.values())
    shares = {name: size / whole for name, size in sizes.items()}
    squares = sum([share * share for share in shares.values()])
    return [(name, share, (1.0 - 2.0 * share + squares) / (1.0 - share)) for name, share in shares.items() if share < 1.0]
