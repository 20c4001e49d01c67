"""
How the tools in use decide on a canary, from their sources; each returns the minute of its rollback (0 where there is none).

Argo Rollouts (analysis/analysis.go): more than failureLimit failed measurements; NaN compares as failed. Flagger
(scheduler.go): as many failed checks as the threshold, never reset; no data is a failed check. CloudWatch-like: M of the last N
periods, missing ones ignored. All three look at the candidate's own rate against a bound. Kayenta (MannWhitney.scala, judge
NetflixACAJudge-v1.0): Mann-Whitney with a 98 % interval of the shift, high where its lower end exceeds a quarter of the
Hodges-Lehmann estimate; minutes without data are removed; all minutes so far, each fifth minute from the tenth on.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from scoring.canaries import MINUTES, Drawn

Minutes = NDArray[np.int64]
Numbers = NDArray[np.float64]
DOCUMENTED_BOUND = 0.01
KAYENTA_LOOKS = range(10, MINUTES + 1, 5)
KAYENTA_TOLERANCE = 0.25
_Z_98 = 2.3263478740408408
_M, _N = 3, 5
_HALVINGS = 22
_NOTHING = 1e-5  # a shift that is only the width of the search: R stops at as much


def rates(drawn: Drawn) -> Numbers:
    """Return the candidate's share of bad requests, infinite where there is no data and so every check fails."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(drawn.candidate_n > 0, drawn.candidate_bad / drawn.candidate_n, np.inf)


def counting(measured: Numbers, bound: float, failures: int) -> Minutes:
    """Return when so many measurements have failed: failureLimit + 1 of Argo's, Flagger's threshold."""
    return _first(np.cumsum(measured > bound, axis=1) >= failures)


def m_of_n(measured: Numbers, bound: float) -> Minutes:
    """Return when three of the last five minutes are beyond the bound."""
    beyond = np.cumsum((measured > bound) & np.isfinite(measured), axis=1)
    before = np.pad(beyond, ((0, 0), (_N, 0)))[:, :MINUTES]
    return _first(beyond - before >= _M)


def tuned_counting(healthy: Numbers, failures: int, budget: float) -> float:
    """Return the lowest bound with at most the budget of false rollbacks on healthy runs: what an oracle would have chosen."""
    return float(np.quantile(np.sort(healthy, axis=1)[:, -failures], 1.0 - budget, method="higher"))


def tuned_m_of_n(healthy: Numbers, budget: float) -> float:
    """Return the same for three of five."""
    finite = np.where(np.isfinite(healthy), healthy, -np.inf)
    spans = np.lib.stride_tricks.sliding_window_view(finite, _N, axis=1)
    return float(np.quantile(np.sort(spans, axis=2)[:, :, _N - _M].max(axis=1), 1.0 - budget, method="higher"))


def kayenta_shifts(drawn: Drawn, runs: int) -> Numbers:
    """Return, a run and a look, the lower end of the shift's interval over the estimate's size; compare with the tolerance."""
    return np.array([[_kayenta(drawn.rows(run)[:look]) for look in KAYENTA_LOOKS] for run in range(min(runs, len(drawn)))])


def kayenta(shifts: Numbers, tolerance: float = KAYENTA_TOLERANCE) -> Minutes:
    """Return the minute of the first look at which the metric is called high."""
    found = _first(shifts > tolerance)
    return np.where(found > 0, np.array([0, *KAYENTA_LOOKS])[found], 0)


def _kayenta(rows: list[tuple[int, int, int, int]]) -> float:
    control = np.array([bad / n for n, bad, _, _ in rows if n])
    candidate = np.array([bad / n for _, _, n, bad in rows if n])
    if len(control) < 2 or len(candidate) < 2 or (np.ptp(control) == 0.0 and np.ptp(candidate) == 0.0):
        return -np.inf
    differences = np.sort(np.subtract.outer(candidate, control).ravel())
    estimate = abs(_root(candidate, control, differences, 0.0))
    lower = _root(candidate, control, differences, _Z_98)
    return lower / estimate if min(estimate, lower) > _NOTHING else -np.inf


def _root(candidate: Numbers, control: Numbers, differences: Numbers, wanted: float) -> float:
    """Return the shift at which the standardised rank sum passes ``wanted``, as R's wilcox.test finds it."""
    low, high = float(differences[0]) - 1e-6, float(differences[-1]) + 1e-6
    correction = 0.5 if wanted else 0.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _score(candidate - middle, control, correction) > wanted else (low, middle)
    return 0.5 * (low + high)


def _score(candidate: Numbers, control: Numbers, correction: float) -> float:
    """Return the tie-corrected, continuity-corrected z of the rank sum."""
    both = np.concatenate((candidate, control))
    _, inverse, ties = np.unique(both, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(ties) - (ties - 1) / 2.0)[inverse]
    m, n = len(candidate), len(control)
    centred = float(ranks[:m].sum()) - m * (m + 1) / 2.0 - m * n / 2.0
    variance = m * n / 12.0 * (m + n + 1 - float((ties**3 - ties).sum()) / ((m + n) * (m + n - 1)))
    return (centred - np.sign(centred) * correction) / np.sqrt(variance) if variance > 0.0 else 0.0


def _first(fired: NDArray[np.bool_]) -> Minutes:
    return np.where(fired.any(axis=1), fired.argmax(axis=1) + 1, 0)


Decider = Callable[[Drawn], Minutes]
