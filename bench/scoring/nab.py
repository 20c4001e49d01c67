"""
The scoring rules of the Numenta Anomaly Benchmark (Lavin and Ahmad, 2015; Singh and Olinsky, 2017), written from the papers.

In a labelled window only the earliest detection counts, and the earlier it is the more; a window without one costs. A detection
outside costs a share that is smaller shortly after a window. The first rows of a file are a probation in which nothing counts. One
threshold holds for all files of a set; 0 is what a detector that never speaks gets, 100 what a perfect one gets.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, inf

import numpy as np
from numpy.typing import NDArray

PROBATION_SHARE, MOST_PROBATION_ROWS = 0.15, 750
FARTHEST_POSITION = 3.0  # window lengths behind a window; beyond, a false alarm costs all that it can


@dataclass(frozen=True, slots=True)
class Profile:
    """What a hit is worth, and what a miss and a false alarm cost."""

    hit: float
    miss: float
    false_alarm: float


PROFILES = {
    "standard": Profile(hit=1.0, miss=1.0, false_alarm=0.11),
    "low_fp": Profile(hit=1.0, miss=1.0, false_alarm=0.22),
    "low_fn": Profile(hit=1.0, miss=2.0, false_alarm=0.11),
}
STANDARD = PROFILES["standard"]


@dataclass(frozen=True, slots=True)
class Scored:
    """The scores that one file got, and its windows as first and last row, both included, in order."""

    scores: Sequence[float]
    windows: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Sweep:
    """
    The gain over the detector that never speaks, at every threshold that makes a difference.

    `thresholds` fall from infinity; `gains[i]` is the gain at `thresholds[i]`; `perfect` is the most that can be gained.
    """

    thresholds: NDArray[np.float64]
    gains: NDArray[np.float64]
    perfect: float

    def best(self) -> tuple[float, float]:
        """Return the best score and the highest threshold that reaches it."""
        index = int(np.argmax(self.gains))
        return normalised(float(self.gains[index]), self.perfect), float(self.thresholds[index])

    def gain_at(self, threshold: float) -> float:
        """Return the gain where a score that reaches the threshold is a detection."""
        return float(self.gains[int(np.searchsorted(-self.thresholds, -threshold, side="right")) - 1])

    def at(self, threshold: float) -> float:
        """Return the score at a threshold."""
        return normalised(self.gain_at(threshold), self.perfect)


def normalised(gain: float, perfect: float) -> float:
    """Return the gain as a score: 0 for never speaking, 100 for perfect; 0 where there was nothing to find."""
    return 100.0 * gain / perfect if perfect else 0.0


def probation_rows(rows: int) -> int:
    """Return how many rows at the start of a file do not count."""
    return min(int(PROBATION_SHARE * rows), MOST_PROBATION_ROWS)


def position_weight(position: float) -> float:
    """Return the scaled sigmoid: near 1 at -1 (a window's first row), 0 at 0 (its end), -1 far behind it."""
    return -1.0 if position > FARTHEST_POSITION else 2.0 / (1.0 + exp(5.0 * position)) - 1.0


def sweep(files: Sequence[Scored], profile: Profile) -> Sweep:
    """Return what the files gain together at each threshold."""
    steps = [step for file in files for step in _steps(file, profile)]
    scores, changes = np.array([(inf, 0.0), *steps], dtype=np.float64).T
    order = np.argsort(-scores, kind="stable")
    scores, gains = scores[order], np.cumsum(changes[order])
    last_of_equals = np.append(scores[1:] != scores[:-1], [True])
    windows = sum(len(file.windows) for file in files)
    return Sweep(scores[last_of_equals], gains[last_of_equals], (profile.hit + profile.miss) * windows)


def _steps(file: Scored, profile: Profile) -> Iterator[tuple[float, float]]:
    """Yield (score, change): what a threshold changes by as it falls to this score."""
    begins = probation_rows(len(file.scores))
    for window in file.windows:
        yield from _steps_inside(file.scores, window, begins, profile)
    bounds = [(-1, -1), *file.windows, (len(file.scores), len(file.scores))]
    for (first, last), (following, _) in pairwise(bounds):
        for row in range(max(last + 1, begins), following):
            position = inf if last < 0 else (row - last) / max(last - first, 1)
            yield file.scores[row], profile.false_alarm * position_weight(position)


def _steps_inside(scores: Sequence[float], window: tuple[int, int], begins: int, profile: Profile) -> Iterator[tuple[float, float]]:
    """Yield the steps of a window: a row is the earliest detection only at thresholds above every row before it."""
    first, last = window
    reached, earliest = -inf, []
    for row in range(max(first, begins), last + 1):
        if scores[row] > reached:
            reached = scores[row]
            worth = position_weight(-(last - row + 1) / (last - first + 1)) / position_weight(-1.0)
            earliest.append((reached, profile.hit * worth))
    before = -profile.miss
    for score, worth in reversed(earliest):
        yield score, worth - before
        before = worth


def detections(files: Sequence[Scored], threshold: float) -> tuple[int, int]:
    """Return how many windows are hit at a threshold, and how many rows outside of windows reach it."""
    hit = false = 0
    for file in files:
        begins = probation_rows(len(file.scores))
        reached = {row for row in range(begins, len(file.scores)) if file.scores[row] >= threshold}
        inside = [reached & set(range(first, last + 1)) for first, last in file.windows]
        hit += sum(bool(rows) for rows in inside)
        false += len(reached.difference(*inside))
    return hit, false
