"""
How far each expert is trusted, by all series of one kind together: a logistic stack that learns from matured forecasts.

It starts from weights that were fitted offline, so that it is good from the first sample, and every outcome of any series in the
pool moves it a little. The rule: what matured within one tick of event time is gathered and moves the weights only when the next
tick begins, and gathering is a sum of integers, which no order changes. So between two ticks the weights stand still, and it does
not matter who was asked first; else the same log would say something else when it is cut into other polls. Whoever answers many
rows at once therefore cuts its work where the newest event time enters a new tick.
"""

from collections.abc import Sequence
from math import floor, inf, isfinite

from rollguard_detector.core.outlook.reliability import Reliability
from rollguard_detector.core.outlook.scales import clip
from rollguard_detector.core.outlook.weights import STACK

TICK_SECONDS = 30.0
UNITS = (4.0, 4.0, 1.0, 1.0)  # what counts as one of an input: log odds twice, whether the line crosses, and the constant
RATE = 0.02  # of one outcome
MOST_RATE = 0.2  # of one tick, however many outcomes it gathered
PULL = 0.05  # back to where it started, as a share of the rate
FARTHEST = 1.5  # from where it started
GRAIN = 2.0**40  # parts into which a gradient is cut before it is summed

Inputs = tuple[float, float, float]


def tick_of(at_seconds: float) -> int:
    """Return the number of the tick that an event time lies in."""
    return floor(at_seconds / TICK_SECONDS)


class Pool:
    """The weights of one pool: those of the inputs, and a constant."""

    __slots__ = ("_gathered", "_matured", "_moved", "_next_tick", "reliability", "weights")

    def __init__(self) -> None:
        self.weights: list[float] = list(STACK)
        self._moved = [0.0] * len(STACK)  # away from there, in units of the inputs
        self.reliability = Reliability()
        self._gathered = [0] * len(STACK)
        self._matured = 0
        self._next_tick = -inf

    def log_odds(self, inputs: Inputs) -> float:
        """Return the log odds of a breach within the horizon."""
        own, longer, straight, constant = self.weights
        return own * inputs[0] + longer * inputs[1] + straight * inputs[2] + constant

    def gather(self, inputs: Sequence[float], error: float) -> None:
        """Take the outcome of one forecast in: what it was said from, and what came (0 or 1) minus what was said."""
        for index, value in enumerate((*inputs, 1.0)):
            self._gathered[index] += round(error * (value / UNITS[index]) * GRAIN)
        self._matured += 1

    def settle(self, at_seconds: float) -> None:
        """Hear how late it is by event time; where that is a later tick than ever, learn what was gathered."""
        if at_seconds / TICK_SECONDS < self._next_tick or not isfinite(at_seconds):
            return
        self._next_tick = tick_of(at_seconds) + 1.0
        if self._matured:
            self._step()

    def _step(self) -> None:
        rate = min(RATE * self._matured, MOST_RATE)
        for index, (start, unit) in enumerate(zip(STACK, UNITS, strict=True)):
            moved = self._moved[index]
            uphill = self._gathered[index] / (GRAIN * self._matured) - PULL * moved
            self._moved[index] = moved = clip(moved + rate * uphill, -FARTHEST, FARTHEST)
            self.weights[index] = start + moved / unit
            self._gathered[index] = 0
        self._matured = 0
