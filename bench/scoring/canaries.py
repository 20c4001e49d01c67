"""
Canaries drawn from a seed: what either arm served in each minute of an hour, and how much of it was bad.

Everybody judges the same windows. A cell says what is true of it: traffic, split, base rate, effect, and one nuisance at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MINUTES = 60
RAMP = (0.05, 0.10, 0.25, 0.50)  # a quarter of an hour each
INCIDENT_MINUTES = slice(20, 30)
DOUBLED_MINUTES = slice(20, None)

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a set of canaries is like; rates of requests are a second, of both arms."""

    requests_a_second: float
    base_rate: float = 0.005
    effect: float = 1.0
    split: float | str = 0.1  # the candidate's share, or "ramp"
    empty_share: float = 0.0
    incident: float = 1.0  # both arms' rate, for ten minutes
    doubles: bool = False  # both arms' rate, from minute 20 on
    arm_variance: float = 0.0
    control_replicas: int = 1  # each as noisy as the candidate, which is one
    shared_variance: float = 0.0
    onset_minute: int = 0

    @property
    def splits(self) -> NDArray[np.float64]:
        """The candidate's share in each minute."""
        return np.repeat(RAMP, MINUTES // len(RAMP)) if self.split == "ramp" else np.full(MINUTES, float(self.split))


@dataclass(frozen=True, slots=True)
class Drawn:
    """Counts of runs (rows) and minutes (columns)."""

    control_n: Counts
    control_bad: Counts
    candidate_n: Counts
    candidate_bad: Counts

    def rows(self, run: int) -> list[tuple[int, int, int, int]]:
        """Return one run's windows, in order of time."""
        parts = (self.control_n, self.control_bad, self.candidate_n, self.candidate_bad)
        return list(zip(*(part[run].tolist() for part in parts), strict=True))

    def __len__(self) -> int:
        return len(self.control_n)


def draw(cell: Cell, runs: int, seed: Sequence[int]) -> Drawn:
    """Draw a cell's runs."""
    rng, shape = np.random.default_rng(seed), (runs, MINUTES)
    rate = np.full(shape, cell.base_rate)
    rate[:, INCIDENT_MINUTES] *= cell.incident
    if cell.doubles:
        rate[:, DOUBLED_MINUTES] *= 2.0
    rate *= _factors(rng, cell.shared_variance, shape)
    effect = np.where(np.arange(MINUTES) >= cell.onset_minute, cell.effect, 1.0)
    requests = cell.requests_a_second * 60.0
    candidate_n, control_n = rng.poisson(requests * cell.splits, shape), rng.poisson(requests * (1.0 - cell.splits), shape)
    served = rng.random(shape) >= cell.empty_share
    candidate_n, control_n = candidate_n * served, control_n * served
    candidate_rate = np.minimum(rate * effect * _factors(rng, cell.arm_variance, shape), 1.0)
    control_rate = np.minimum(rate * _factors(rng, cell.arm_variance / cell.control_replicas, shape), 1.0)
    return Drawn(control_n, rng.binomial(control_n, control_rate), candidate_n, rng.binomial(candidate_n, candidate_rate))


def _factors(rng: np.random.Generator, variance: float, shape: tuple[int, int]) -> NDArray[np.float64] | float:
    return rng.gamma(1.0 / variance, variance, shape) if variance else 1.0
