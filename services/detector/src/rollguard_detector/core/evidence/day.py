"""
What the hour of the day and the weekend add to a level.

An hour's effect is learned as a mean over about three days and shrunk towards none by the days that were seen (n / (n + 1)), so
that one odd morning is no habit. Whether it is used at all, ``expectation`` decides by the errors that it saves.
"""

from array import array
from math import floor

DAY_SECONDS, HOUR_SECONDS = 86_400.0, 3_600.0
LEAST_DAYS = 2.0  # two cycles, before which a season is a guess
SHRINKING_DAYS = 1.0
_LEVEL_SECONDS, _HOURS_SECONDS, _WEEKEND_SECONDS = 1.5 * DAY_SECONDS, 3.0 * HOUR_SECONDS, 2.0 * DAY_SECONDS
TIME_CONSTANTS_SECONDS = (_LEVEL_SECONDS, _HOURS_SECONDS, _WEEKEND_SECONDS)
WEEKEND_AFTER_DAYS = 7.0
THURSDAY = 4.0  # the day on which event time begins, counted from Sunday


class DayProfile:
    """Additive effects of 24 hours, linear between their middles, and of the weekend, around a level of their own; all in UTC."""

    __slots__ = ("hours", "level", "weekend")

    def __init__(self) -> None:
        self.level = self.weekend = 0.0
        self.hours = array("f", [0.0] * 24)

    def effect(self, at_seconds: float) -> float:
        """Return the effect, not shrunk."""
        before, after, part = _hours(at_seconds)
        profile = (1.0 - part) * self.hours[before] + part * self.hours[after]
        return profile + (self.weekend if is_weekend(at_seconds) else 0.0)

    def learn(self, at_seconds: float, value: float, elapsed_seconds: float, known_days: float, bound: float) -> None:
        """Learn the value of a time, ``elapsed_seconds`` after the one before; no error counts for more than ``bound``."""
        before, after, part = _hours(at_seconds)
        error = min(max(value - self.level - self.effect(at_seconds), -bound), bound)
        share = _share(elapsed_seconds, min(_HOURS_SECONDS, HOUR_SECONDS * known_days))
        self.level += _share(elapsed_seconds, min(_LEVEL_SECONDS, DAY_SECONDS * known_days)) * (value - self.level)
        self.hours[before] += share * (1.0 - part) * error
        self.hours[after] += share * part * error
        if is_weekend(at_seconds) and known_days >= WEEKEND_AFTER_DAYS:
            self.weekend += _share(elapsed_seconds, _WEEKEND_SECONDS) * error


def shrinkage(known_days: float) -> float:
    """Return the part of an effect that so many days vouch for."""
    return known_days / (known_days + SHRINKING_DAYS)


def is_weekend(at_seconds: float) -> bool:
    """Return whether it is Saturday or Sunday, in UTC."""
    return (floor(at_seconds / DAY_SECONDS) + THURSDAY) % 7.0 in (0.0, 6.0)


def _hours(at_seconds: float) -> tuple[int, int, float]:
    """Return the hours whose middles lie before and after, and how far between them the time is."""
    hour = at_seconds / HOUR_SECONDS - 0.5
    whole = floor(hour)
    return whole % 24, (whole + 1) % 24, hour - whole


def _share(elapsed_seconds: float, constant_seconds: float) -> float:
    return elapsed_seconds / (elapsed_seconds + constant_seconds) if elapsed_seconds > 0.0 else 0.0
