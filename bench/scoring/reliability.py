"""
Are probabilities of a breach true: does what is called 30 % come in 30 of 100 cases, and does it tell cases apart?

A forecast is compared with what came within its horizon, wherever one is asked for. The last horizon of a stream is left out unless
the breach came: what has not matured is neither right nor wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.bounded_stream import HORIZON_SAMPLES
from scoring.forecast_credit import Forecasts

_BINS = 15


@dataclass(frozen=True, slots=True)
class Reliability:
    """Figures of a set of matured forecasts; `skill` is 1 for perfect, 0 for always saying the base rate."""

    forecasts: int
    base_rate: float
    calibration_error: float
    auc: float
    brier_skill: float


def matured(streams: Sequence[Forecasts]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what was said, and 1 where the breach came within the horizon, else 0."""
    said, came = [], []
    for stream in streams:
        upcoming = list(stream.truth.breaches)
        for at, score in enumerate(stream.scores):
            while upcoming and upcoming[0] <= at:
                upcoming.pop(0)
            comes = bool(upcoming) and upcoming[0] <= at + HORIZON_SAMPLES
            if stream.truth.asked[at] and (comes or at + HORIZON_SAMPLES < len(stream.scores)):
                said.append(score)
                came.append(float(comes))
    return np.array(said), np.array(came)


def reliability(said: NDArray[np.float64], came: NDArray[np.float64]) -> Reliability:
    """Return how true probabilities were; both outcomes have to occur."""
    base = float(came.mean())
    brier = float(((said - came) ** 2).mean())
    return Reliability(len(said), base, calibration_error(said, came), auc(said, came), 1.0 - brier / (base * (1.0 - base)))


def calibration_error(said: NDArray[np.float64], came: NDArray[np.float64]) -> float:
    """Return the expected calibration error: |said - came| in bins of equal width, weighted by share (Naeini et al., 2015)."""
    bins = np.minimum((said * _BINS).astype(int), _BINS - 1)
    return float(np.abs(np.bincount(bins, weights=said - came, minlength=_BINS)).sum() / len(said))


def auc(said: NDArray[np.float64], came: NDArray[np.float64]) -> float:
    """Return how often a case that came was called more probable than one that did not (Mann and Whitney; ties count half)."""
    _, which, counts = np.unique(said, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    positives = float(came.sum())
    negatives = len(came) - positives
    return (float(ranks[which] @ came) - positives * (positives + 1) / 2) / (positives * negatives)
