"""
The day's profiles in bulk: ``core/evidence/day`` row by row.
"""

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Bank, Column, Flags, Floats, Rows
from rollguard_detector.core.evidence.day import (
    DAY_SECONDS,
    HOUR_SECONDS,
    SHRINKING_DAYS,
    THURSDAY,
    TIME_CONSTANTS_SECONDS,
    WEEKEND_AFTER_DAYS,
)

_LEVEL_SECONDS, _HOURS_SECONDS, _WEEKEND_SECONDS = TIME_CONSTANTS_SECONDS


class Place(NamedTuple):
    """Where in the day and the week each time lies, what the profile adds there (not shrunk), and how much of it was seen."""

    before: NDArray[np.intp]
    after: NDArray[np.intp]
    part: Floats
    is_weekend: Flags
    effect: Floats
    elapsed: Floats
    known_days: Floats

    def where(self, chosen: Flags) -> "Place":
        """Return the places of the rows that were chosen."""
        return Place(
            self.before[chosen],
            self.after[chosen],
            self.part[chosen],
            self.is_weekend[chosen],
            self.effect[chosen],
            self.elapsed[chosen],
            self.known_days[chosen],
        )


class DayBank(Bank):
    """Level, effects of 24 hours, and of the weekend."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {"level": Column(), "weekend": Column(), "hours": Column(np.float32, shape=(24,))}

    level: Floats
    weekend: Floats
    hours: NDArray[np.float32]

    def place(self, rows: Rows, at_seconds: Floats, elapsed: Floats, known_days: Floats) -> Place:
        """Return the rows' places at these times, so many seconds after the last ones, with so many days seen."""
        hour = at_seconds / HOUR_SECONDS - 0.5
        whole = np.floor(hour)
        part = hour - whole
        before = (whole % 24.0).astype(np.intp)
        after = (before + 1) % 24
        is_weekend = (np.floor(at_seconds / DAY_SECONDS) + THURSDAY) % 7.0 % 6.0 == 0.0
        profile = (1.0 - part) * self.hours[rows, before] + part * self.hours[rows, after]
        effect = profile + np.where(is_weekend, self.weekend[rows], 0.0)
        return Place(before, after, part, is_weekend, effect, elapsed, known_days)

    def learn(self, rows: Rows, place: Place, values: Floats, bounds: Floats) -> None:
        """Learn the values at places that ``place`` told."""
        level, elapsed, known_days = self.level[rows], place.elapsed, place.known_days
        errors = np.minimum(np.maximum(values - level - place.effect, -bounds), bounds)
        shares = _share(elapsed, np.minimum(_HOURS_SECONDS, HOUR_SECONDS * known_days))
        self.level[rows] = level + _share(elapsed, np.minimum(_LEVEL_SECONDS, DAY_SECONDS * known_days)) * (values - level)
        before, after = self.hours[rows, place.before], self.hours[rows, place.after]
        self.hours[rows, place.before] = before + shares * (1.0 - place.part) * errors
        self.hours[rows, place.after] = after + shares * place.part * errors
        taught = place.is_weekend & (known_days >= WEEKEND_AFTER_DAYS)
        weekend = self.weekend[rows]
        self.weekend[rows] = np.where(taught, weekend + _share(elapsed, np.full(len(rows), _WEEKEND_SECONDS)) * errors, weekend)


def shrinkage(known_days: Floats) -> Floats:
    """Return the part of an effect that so many days vouch for."""
    return known_days / (known_days + SHRINKING_DAYS)


def _share(elapsed: Floats, constants: Floats) -> Floats:
    return np.divide(elapsed, elapsed + constants, out=np.zeros(len(elapsed)), where=elapsed > 0.0)
