"""
rollguard's own decisions on drawn canaries: by the detector's core, window by window, as `rollguard-detector compare` makes them.

Ten thousand healthy runs a cell would take the core minutes, and nearly all of them never come near a verdict. So a screen in numpy
lets go those whose exact evidence stays below what is needed, which the core's never exceeds; the core decides all others.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import sqrt
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.comparison.course import Budget, Course
from rollguard_detector.core.comparison.effects import FACTORS, LOG_FACTORS
from rollguard_detector.core.comparison.hypergeometric import HIGH_RATE
from rollguard_detector.core.comparison.robust import BET_SHARES, LATER, bet_on
from rollguard_detector.core.comparison.verdicts import finding_of
from rollguard_detector.core.comparison.window import Window
from scoring.canaries import MINUTES, Drawn

Prior = tuple[float, ...]  # over the variances of the noise between the arms

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
    bad, n = drawn.candidate_bad + drawn.control_bad, drawn.candidate_n + drawn.control_n
    suspect = (drawn.candidate_bad > 0) & (np.cumsum(drawn.candidate_bad, 1) > _HARD_RATE * np.cumsum(drawn.candidate_n, 1))
    suspect |= bad > HIGH_RATE * n
    return np.asarray(suspect.any(axis=1) | (exact_evidence(drawn).max(axis=1) >= budget.needed - _ROUNDING))


def exact_evidence(drawn: Drawn) -> NDArray[np.float64]:
    """Return the log e-value under counting noise alone, a run and minute, of the binomial split."""
    values, stakes = np.empty(drawn.control_n.shape), np.full((len(drawn), len(BET_SHARES)), 1.0 - LATER)
    moved, seen, expected, of = (np.zeros(len(drawn)) for _ in range(4))
    fixed = np.broadcast_to(LOG_FACTORS, (len(drawn), len(FACTORS)))
    for minute in range(MINUTES):
        mine, others = drawn.candidate_bad[:, minute], drawn.control_bad[:, minute]
        mine_n, others_n = np.maximum(drawn.candidate_n[:, minute], 1), np.maximum(drawn.control_n[:, minute], 1)
        moves = (drawn.candidate_n[:, minute] > 0) & (drawn.control_n[:, minute] > 0) & (mine + others > 0)
        moved += moves
        entering = LATER * (np.maximum(moved, 1.0) ** -0.25 - (moved + 1.0) ** -0.25)
        followed = [bet_on(*sums) for sums in zip(seen.tolist(), expected.tolist(), of.tolist(), strict=True)]
        gains = np.column_stack((fixed, followed))
        share = (mine_n / (mine_n + others_n))[:, None]
        logs = mine[:, None] * gains - (mine + others)[:, None] * np.log1p(share * np.expm1(gains))
        grown = np.exp(np.minimum(logs, 230.0)) * (stakes + entering[:, None])
        stakes = np.minimum(np.where(moves[:, None], grown, stakes), 1e100)
        values[:, minute] = np.log(stakes @ np.array(BET_SHARES) + LATER * (moved + 1.0) ** -0.25)
        seen, expected = seen + moves * mine, expected + moves * (mine + others) * share[:, 0]
        of = of + moves * (mine + others)
    return values


def rollbacks(drawn: Drawn, budget: Budget, told: Mapping[int, Prior] = MappingProxyType({})) -> NDArray[np.int64]:
    """Return the minute of each run's rollback, 0 where there is none; ``told`` has the prior of runs whose noise is known of."""
    minutes = np.zeros(len(drawn), np.int64)
    for run in np.flatnonzero(may_be_degraded(drawn, budget)).tolist():
        own = replace(budget, prior=told.get(run, budget.prior))
        minutes[run] = decide(drawn.rows(run), own).rollback_minute
    return minutes


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    z, share = 1.959963984540054, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)
