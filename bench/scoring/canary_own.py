"""
rollguard's own decisions on drawn canaries: by the detector's core, window by window, as `rollguard-detector compare` makes them.

Ten thousand healthy runs a cell would take the core minutes, and nearly all of them never come near a verdict. So a screen in numpy
lets go those whose exact evidence stays below what is needed, which the core's never exceeds; the core decides all others.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scoring.canaries import MINUTES, Drawn

from rollguard_detector.core.comparison.course import Budget, Course
from rollguard_detector.core.comparison.effects import FACTORS, LOG_FACTORS, SHARES
from rollguard_detector.core.comparison.hypergeometric import HIGH_RATE
from rollguard_detector.core.comparison.robust import LATER
from rollguard_detector.core.comparison.verdicts import finding_of
from rollguard_detector.core.comparison.window import Window

_HARD_RATE = 0.2  # a run in which the candidate's share of bad requests ever gets there may be a hard breach
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Decided:
    """One run: the minute of degraded (0: never) where the rollout was blamed, the same whatever was blamed, and the last words."""

    rollback_minute: int
    degraded_minute: int
    verdict: str
    attribution: str


def decide(rows: list[tuple[int, int, int, int]], budget: Budget, *, to_the_end: bool = False) -> Decided:
    """Decide a run; unless to the end, only up to its first rollback."""
    course, degraded = Course(budget), 0
    for minute, row in enumerate(rows, start=1):
        course.learn(Window(*row))
        if course.is_degraded or course.is_hard_breach:
            degraded = degraded or minute
            if finding_of(course).attribution == "rollout":
                said = finding_of(_rest(course, rows[minute:]) if to_the_end else course)
                return Decided(minute, degraded, said.verdict, said.attribution)
    said = finding_of(course)
    return Decided(0, degraded, said.verdict, said.attribution)


def _rest(course: Course, rows: list[tuple[int, int, int, int]]) -> Course:
    for row in rows:
        course.learn(Window(*row))
    return course


def may_be_degraded(drawn: Drawn, budget: Budget) -> NDArray[np.bool_]:
    """Return which runs the core has to decide: the evidence without any caution reaches what is needed, or cannot be told here."""
    bad = drawn.candidate_bad + drawn.control_bad
    n = drawn.candidate_n + drawn.control_n
    compares = (drawn.candidate_n > 0) & (drawn.control_n > 0) & (bad > 0)
    share = np.where(compares, drawn.candidate_n / np.maximum(n, 1), 0.5)
    stakes, moved = np.full((len(drawn), len(FACTORS)), 1.0 - LATER), np.zeros(len(drawn))
    reached = (drawn.candidate_bad > 0) & (np.cumsum(drawn.candidate_bad, 1) > _HARD_RATE * np.cumsum(drawn.candidate_n, 1))
    reached |= bad > HIGH_RATE * n
    for minute in range(MINUTES):
        moves = compares[:, minute]
        moved += moves
        entering = np.where(moves, LATER * (np.maximum(moved, 1.0) ** -0.25 - (moved + 1.0) ** -0.25), 0.0)
        shrinks = np.log1p(share[:, minute, None] * (np.array(FACTORS) - 1.0))
        logs = drawn.candidate_bad[:, minute, None] * np.array(LOG_FACTORS) - bad[:, minute, None] * shrinks
        logs = np.where(moves[:, None], np.minimum(logs, 230.0), 0.0)
        stakes = np.minimum(np.exp(logs) * (stakes + entering[:, None]), 1e100)
        value = stakes @ np.array(SHARES) + LATER * (moved + 1.0) ** -0.25
        reached[:, minute] |= np.log(value) >= budget.needed - _ROUNDING
    return np.asarray(reached.any(axis=1))


def rollbacks(drawn: Drawn, budget: Budget) -> NDArray[np.int64]:
    """Return the minute of each run's rollback, 0 where there is none."""
    minutes = np.zeros(len(drawn), np.int64)
    for run in np.flatnonzero(may_be_degraded(drawn, budget)):
        minutes[run] = decide(drawn.rows(int(run)), budget).rollback_minute
    return minutes


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    z, share = 1.959963984540054, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)
