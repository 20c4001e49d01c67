"""
Did thousands of series change? ``core/evidence/evidence`` in bulk, equal to it bit by bit.
"""

from typing import NamedTuple

import numpy as np

from rollguard_detector.core import loops
from rollguard_detector.core.banks.bank import Bank, Flags, Floats, Rows, side_by_side
from rollguard_detector.core.banks.exact import draw
from rollguard_detector.core.banks.excursions import ExcursionsBank
from rollguard_detector.core.banks.expectation import ExpectationBank, Told
from rollguard_detector.core.banks.ranks import RanksBank
from rollguard_detector.core.banks.shares import SampleSizeBank, shares_of, steadied
from rollguard_detector.core.evidence.evidence import LARGEST_VALUE, RANGE_DEVIATIONS
from rollguard_detector.core.evidence.ranks import LEAST_RANKED, LEAST_SAMPLES


class EvidenceAnswers(NamedTuple):
    """What the samples say, an array of one entry a row for each field of ``EvidenceAnswer``."""

    expected: Floats
    low: Floats
    high: Floats
    deviations: Floats
    innovation: Floats
    p_up: Floats
    p_down: Floats
    up: Floats
    down: Floats
    wider: Floats
    narrower: Floats
    return_bits: Floats
    alarm: Flags
    is_open: Flags
    is_warm: Flags


class EvidenceBank(Bank):
    """Series in rows, each told in order of time; asked for one false alarm in ``run_length`` samples of a series."""

    def __init__(self, run_length: float = 10_000.0) -> None:
        self.sizes, self.expectation, self.ranks = SampleSizeBank(), ExpectationBank(), RanksBank()
        self.excursions = ExcursionsBank(run_length)
        super().__init__(sizes=self.sizes, expectation=self.expectation, ranks=self.ranks, excursions=self.excursions)

    def score_then_learn(  # noqa: PLR0917  # a column each, and no two are alike
        self,
        rows: Rows,
        at_seconds: Floats,
        values: Floats,
        sample_sizes: Floats | None = None,
        frozen: Flags | None = None,
        half_lives: Floats | None = None,
    ) -> EvidenceAnswers:
        """Return what each row's value says, then learn it; a size that is not positive and finite is none."""
        if (loop := loops.of("evidence")) is not None:
            numbers, flags = loop.score_then_learn(self, rows, at_seconds, values, sample_sizes, frozen, half_lives)
            return EvidenceAnswers._make((*numbers, *flags))
        sizes = (
            np.zeros(len(rows))
            if sample_sizes is None
            else np.where((sample_sizes > 0.0) & (sample_sizes < np.inf), sample_sizes, 0.0)
        )
        held = np.zeros(len(rows), np.bool_) if frozen is None else frozen
        counted = self._counts(rows, at_seconds, values)
        if counted.all():
            return self._answers(rows, *self._said(rows, at_seconds, values, sizes, held, half_lives))
        said = np.zeros((8, len(rows)))
        said[:3] = np.nan
        said[5:7] = 1.0
        rings = np.zeros(len(rows), np.bool_)
        said[:, counted], rings[counted] = self._said(
            rows[counted],
            at_seconds[counted],
            values[counted],
            sizes[counted],
            held[counted],
            None if half_lives is None else half_lives[counted],
        )
        return self._answers(rows, said, rings)

    def is_warm(self, rows: Rows, pending: int = 0) -> Flags:
        """Return which rows know enough for their evidence to mean anything, or may after ``pending`` samples more."""
        warm: Flags = self.ranks.ranked(rows) + pending >= LEAST_RANKED
        return warm

    def forget(self, rows: Rows) -> None:
        """Let rows gather evidence anew, after an alarm was answered; what is usual stays learned."""
        self.excursions.forget(rows)

    def adopt(self, rows: Rows) -> None:
        """Take the recent levels for the usual ones, after a change that is here to stay, and gather evidence anew."""
        self.expectation.adopt(rows)
        self.excursions.drop(rows)

    def _counts(self, rows: Rows, at_seconds: Floats, values: Floats) -> Flags:
        newer = (self.expectation.samples[rows] == 0.0) | (at_seconds > self.expectation.last_seconds[rows])
        counts: Flags = newer & np.isfinite(at_seconds) & (np.abs(values) <= LARGEST_VALUE)
        return counts

    def _said(  # noqa: PLR0917  # as above
        self, rows: Rows, at_seconds: Floats, values: Floats, sizes: Floats, frozen: Flags, half_lives: Floats | None
    ) -> tuple[Floats, Flags]:
        """Return the first seven fields of the answers and the return periods, an array each, and which rows ring."""
        steady = steadied(values, sizes)
        weights = self.sizes.weights_then_learn(rows, sizes, self.expectation.samples[rows] + 1.0, frozen)
        told = self.expectation.expect_then_learn(rows, at_seconds, steady, weights, frozen, half_lives)
        learned = ~frozen & (self.expectation.samples[rows] > LEAST_SAMPLES)
        warm = self.ranks.ranked(rows) >= LEAST_RANKED
        tails = self.ranks.tails_then_learn(rows, told.deviations, draw(at_seconds, steady, told.levels), learned)
        if warm.all():
            return_bits, alarm = self.excursions.add(rows, tails, frozen)
        else:
            return_bits, alarm = np.zeros(len(rows)), np.zeros(len(rows), np.bool_)
            return_bits[warm], alarm[warm] = self.excursions.add(rows[warm], tails[:, warm], frozen[warm])
        fields = [*_range(told, weights, sizes), told.deviations, told.innovations, tails[0], tails[1], return_bits]
        return np.stack(fields), alarm

    def _answers(self, rows: Rows, said: Floats, alarm: Flags) -> EvidenceAnswers:
        evidence = side_by_side(self.excursions.evidence, rows)
        is_open = np.logical_or.reduce(side_by_side(self.excursions.is_open, rows))
        return EvidenceAnswers._make((*said[:7], *evidence, said[7], alarm, is_open, self.is_warm(rows)))


def _range(told: Told, weights: Floats, sizes: Floats) -> tuple[Floats, Floats, Floats]:
    """Return expected, low and high in the values' unit."""
    reach = RANGE_DEVIATIONS * told.scales / weights
    low, high = told.values - reach, told.values + reach
    return shares_of(told.values, sizes), shares_of(low, sizes), shares_of(high, sizes)
