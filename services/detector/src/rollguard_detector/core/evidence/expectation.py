"""
What is the next value of a series, and how far off is that usually?

Three levels compete: a steady one, a quick one with a damped trend, and a steady one under the day's profile. The one with the
least one-step error counts; all but the steady one have to earn it. Time constants are multiples of the usual step, so that a
series sampled every second and one sampled every hour are learned alike, and a gap forgets as much as the samples in it would.
Who knows the time scale tells the steady level's half-life in seconds; the others keep their ratio to it. How far off a level
usually is goes by samples either way: under a half-life as short as a step only the last distance would count.

Frozen, nothing usual is learned; only the value before and the quick level move, and the quick one is not asked: it would follow a
shift, and say that nothing happened.
"""

from math import copysign, inf, sqrt
from typing import NamedTuple

from rollguard_detector.core.evidence.day import DAY_SECONDS, LEAST_DAYS, DayProfile, shrinkage
from rollguard_detector.core.evidence.memory import Remembering, bound
from rollguard_detector.core.half_lives import BY_STEPS, share

STEADY, QUICK, DAILY = 0, 1, 2
STEPS = (400.0, 15.0, 400.0)  # the time constants
QUICKER = tuple(STEPS[STEADY] / steps for steps in STEPS)  # than the steady one
HANDICAPS = (1.0, 1.08, 1.08)
DAMPING, TREND_SHARE = 0.9, 0.03
MOST_STEPS = 4.0  # what a trend goes on for, and what one gap teaches of the usual step
LEAST_GAP = 0.1
STEP_WEIGHT, LEAST_STEP_SECONDS = 0.01, 1e-9
UNKNOWN_SCALE = 1e3  # deviations, of a value that differs where nothing ever did


class Expected(NamedTuple):
    """What was expected of a value, on the scale of the model."""

    value: float
    scale: float  # the usual distance from it
    innovation: float  # the weighted distance from it
    deviations: float  # the innovation in usual distances
    level: float  # of the steady one


class Expectation:
    """The three levels of one series. ``samples`` and ``last_seconds`` say how far it came."""

    __slots__ = ("day", "first_seconds", "last_seconds", "levels", "rests", "samples", "step_seconds", "trend")

    def __init__(self) -> None:
        self.levels = [0.0, 0.0, 0.0]
        self.rests = [Remembering() for _ in STEPS]
        self.day = DayProfile()
        self.trend = self.samples = self.first_seconds = self.last_seconds = self.step_seconds = 0.0

    def expect_then_learn(
        self, at_seconds: float, value: float, weight: float = 1.0, *, frozen: bool = False, half_life_seconds: float = BY_STEPS
    ) -> Expected:
        """Return what was expected of a finite value at a time after the last one, then learn it."""
        elapsed, gap = self._move_to(at_seconds, value)
        shares = self._shares(elapsed, gap, half_life_seconds)
        days = (at_seconds - self.first_seconds) / DAY_SECONDS
        self.trend *= DAMPING
        effects = (0.0, self.trend * min(gap, MOST_STEPS), shrinkage(days) * self.day.effect(at_seconds))
        bases = [level + effect for level, effect in zip(self.levels, effects, strict=True)]
        announced = [rest.announced(gap) for rest in self.rests]
        best = self._best(days, frozen=frozen)
        told = _told(
            bases[best] + announced[best] / weight, self.rests[best].spread, (value - bases[best]) * weight - announced[best]
        )
        most = bound(self.rests[DAILY].error, self.samples)
        for index, base in enumerate(bases):
            rest = (value - base) * weight
            kept = self.rests[index].bounded_then_learn(rest, rest - announced[index], self.samples, frozen=frozen)
            if index == QUICK or not frozen:
                self._move_level(index, base, gap, shares[index], kept)
        if not frozen:
            self.levels[DAILY] -= effects[DAILY]
            self.day.learn(at_seconds, value, elapsed, days, most)
        return told._replace(level=bases[STEADY])

    def adopt(self) -> None:
        """Take the recent level for the usual one."""
        moved = self.levels[QUICK] - self.levels[STEADY]
        self.day.level += moved
        self.levels[DAILY] += moved
        self.levels[STEADY] = self.levels[QUICK]
        for rest in self.rests:
            rest.before = 0.0

    def _move_to(self, at_seconds: float, value: float) -> tuple[float, float]:
        """Return the seconds and the usual steps since the sample before."""
        if self.samples == 0.0:
            self.first_seconds, self.last_seconds, self.levels, self.day.level = at_seconds, at_seconds, [value] * 3, value
        self.samples += 1.0
        elapsed, self.last_seconds = at_seconds - self.last_seconds, at_seconds
        if self.samples <= 2.0:
            self.step_seconds = max(elapsed, LEAST_STEP_SECONDS)
            return elapsed, 1.0
        weight = max(STEP_WEIGHT, 1.0 / self.samples)
        self.step_seconds += weight * (min(elapsed, MOST_STEPS * self.step_seconds) - self.step_seconds)
        return elapsed, elapsed / self.step_seconds

    def _best(self, days: float, *, frozen: bool) -> int:
        costs = [rest.spread * handicap for rest, handicap in zip(self.rests, HANDICAPS, strict=True)]
        costs[QUICK] = inf if frozen else costs[QUICK]
        costs[DAILY] = inf if days < LEAST_DAYS else costs[DAILY]
        return costs.index(min(costs))

    def _shares(self, elapsed: float, gap: float, half_life_seconds: float) -> list[float]:
        """Return the share that each level takes of a sample; a young one is the plain mean."""
        least = 1.0 / self.samples
        if half_life_seconds == BY_STEPS:
            return [max(gap / (gap + steps), least) for steps in STEPS]
        return [max(share(elapsed, half_life_seconds, quicker), least) for quicker in QUICKER]

    def _move_level(self, index: int, base: float, gap: float, part: float, kept: float) -> None:
        self.levels[index] = base + part * kept
        if index == QUICK:
            self.trend += TREND_SHARE * part * kept / max(gap, LEAST_GAP)


def _told(value: float, spread: float, innovation: float) -> Expected:
    scale = sqrt(spread)
    if scale > 0.0:
        return Expected(value, scale, innovation, innovation / scale, 0.0)
    return Expected(value, 0.0, innovation, copysign(UNKNOWN_SCALE, innovation) if innovation else 0.0, 0.0)
