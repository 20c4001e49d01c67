"""
Did a series change? The whole chain for one series; ``core/banks/evidence`` is the same in bulk, bit by bit.

Score, then learn, whatever the value: a value that is too odd to learn from censors the reference. A sample that is not finite, or
not newer than the last one, moves nothing: no data is not bad data.
"""

from math import inf, isfinite, nan
from typing import NamedTuple

from rollguard_detector.core.evidence.excursions import Excursions
from rollguard_detector.core.evidence.expectation import Expectation, Expected
from rollguard_detector.core.evidence.lots import draw
from rollguard_detector.core.evidence.ranks import LEAST_SAMPLES, Ranks
from rollguard_detector.core.evidence.shares import SampleSizes, share_of, steadied
from rollguard_detector.core.half_lives import BY_STEPS

LARGEST_VALUE = 1e30  # what is beyond measures nothing, and would not fit the effects of the hours (float32)
RANGE_DEVIATIONS = 3.0


class EvidenceAnswer(NamedTuple):
    """What a sample says. Expected, low and high are in the value's unit (NaN for a sample that moved nothing)."""

    expected: float
    low: float
    high: float
    deviations: float  # the innovation in usual distances
    innovation: float  # what neither level nor memory announced, on the model's scale
    p_up: float
    p_down: float
    up: float  # evidence in bits (log2 of the e-detector), 0 for none
    down: float
    wider: float
    narrower: float
    return_bits: float  # such evidence comes once in 2**return_bits samples of this series; 0 where there is little
    alarm: bool  # a new incident begins
    is_open: bool  # what rang goes on
    is_warm: bool


class Evidence:
    """One series, told in order of time; asked for one false alarm in ``run_length`` samples."""

    __slots__ = ("_excursions", "_expectation", "_ranks", "_sizes")

    def __init__(self, run_length: float = 10_000.0) -> None:
        self._expectation, self._ranks, self._sizes = Expectation(), Ranks(), SampleSizes()
        self._excursions = Excursions(run_length)

    def score_then_learn(
        self,
        at_seconds: float,
        value: float,
        *,
        sample_size: float | None = None,
        frozen: bool = False,
        half_life_seconds: float = BY_STEPS,
    ) -> EvidenceAnswer:
        """Return what the value says, then learn it, unless frozen; ``sample_size`` is of how many a share was taken."""
        size = sample_size if sample_size is not None and 0.0 < sample_size < inf else 0.0
        if not self._counts(at_seconds, value):
            return self._answer((nan, nan, nan), 0.0, 0.0, (1.0, 1.0), 0.0, alarm=False)
        steady = steadied(value, size) if size else value
        weight = self._sizes.weight_then_learn(size, self._expectation.samples + 1.0, frozen=frozen) if size else 1.0
        told = self._expectation.expect_then_learn(at_seconds, steady, weight, frozen=frozen, half_life_seconds=half_life_seconds)
        learned = not frozen and self._expectation.samples > LEAST_SAMPLES
        was_warm = self._ranks.is_warm
        tails = self._ranks.tails_then_learn(told.deviations, draw(at_seconds, steady, told.level), learned=learned)
        return_bits, alarm = self._excursions.add(tails, frozen=frozen) if was_warm else (0.0, False)
        spoken = _range(told, weight, size)
        return self._answer(spoken, told.deviations, told.innovation, (tails.up, tails.down), return_bits, alarm=alarm)

    def forget(self) -> None:
        """Gather evidence anew, after an alarm was answered; what is usual stays learned."""
        self._excursions.forget()

    def adopt(self) -> None:
        """Take the recent level for the usual one, after a change that is here to stay, and gather evidence anew."""
        self._expectation.adopt()
        self._excursions.drop()

    def _counts(self, at_seconds: float, value: float) -> bool:
        newer = self._expectation.samples == 0.0 or at_seconds > self._expectation.last_seconds
        return newer and isfinite(at_seconds) and abs(value) <= LARGEST_VALUE

    def _answer(
        self,
        spoken: tuple[float, float, float],
        deviations: float,
        innovation: float,
        tails: tuple[float, float],
        return_bits: float,
        *,
        alarm: bool,
    ) -> EvidenceAnswer:
        up, down, wider, narrower = self._excursions.evidence
        is_open = any(self._excursions.is_open)
        return EvidenceAnswer(
            *spoken, deviations, innovation, *tails, up, down, wider, narrower, return_bits, alarm, is_open, self._ranks.is_warm
        )


def run_length_of(series: int, false_alarm_every_seconds: float, step_seconds: float) -> float:
    """Return the run length to ask of each series, so that all of a workload ring falsely once in a time: A = m T / dt."""
    return series * false_alarm_every_seconds / step_seconds


def _range(told: Expected, weight: float, size: float) -> tuple[float, float, float]:
    """Return expected, low and high in the value's unit."""
    reach = RANGE_DEVIATIONS * told.scale / weight
    spoken = (told.value, told.value - reach, told.value + reach)
    return (share_of(spoken[0], size), share_of(spoken[1], size), share_of(spoken[2], size)) if size else spoken
