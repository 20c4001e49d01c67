"""
The score of a sample in [0, 1) in bulk: ``core/oddity/judgement.py`` a row.
"""

from collections.abc import Mapping
from math import exp, log10
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core import loops
from rollguard_detector.core.banks.bank import Bank, Column, Flags, Floats, Rows
from rollguard_detector.core.banks.deviation import DeviationBank
from rollguard_detector.core.banks.half_lives import shares
from rollguard_detector.core.banks.incident import IncidentBank
from rollguard_detector.core.banks.seen import SeenBank
from rollguard_detector.core.banks.surprise import DeviationSurpriseBank, SurpriseBank, decimal_logarithms
from rollguard_detector.core.oddity.deviation import SHARE
from rollguard_detector.core.oddity.judgement import DAY_SECONDS, LEAST_DAYS, LEAST_SECONDS, JudgementSettings


class JudgementBank(Bank):
    """Thousands of series, one score a sample; the settings are the same for all."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {
        "samples": Column(np.int32),
        "first_seconds": Column(),
        "latest_seconds": Column(),
    }

    samples: NDArray[np.int32]
    first_seconds: Floats
    latest_seconds: Floats

    def __init__(self, settings: JudgementSettings | None = None) -> None:
        self.settings = settings or JudgementSettings()
        self.seen, self.novelty = SeenBank(), SurpriseBank()
        self.deviation, self.deviation_surprise = DeviationBank(), DeviationSurpriseBank()
        self.incident = IncidentBank()
        super().__init__(
            seen=self.seen,
            novelty=self.novelty,
            deviation=self.deviation,
            deviation_surprise=self.deviation_surprise,
            incident=self.incident,
        )

    def expected(self, rows: Rows) -> tuple[Floats, Floats, Flags]:
        """Return level and standard deviation before the next samples, and where enough is known for them to mean anything."""
        return self.deviation.expected(rows)

    def lasts(self, rows: Rows) -> Flags:
        """Return where the last sample lies in an incident, however small."""
        return self.incident.lasts(rows)

    def score_then_learn(self, rows: Rows, at_seconds: Floats, values: Floats, half_lives: Floats | None = None) -> Floats:
        """
        Return how much an alarm at each sample is worth, in [0, 1), then learn the samples.

        Rows are distinct and below the capacity, values are finite; times may stand still or go back.
        """
        taken = None if half_lives is None else self._level_shares(rows, at_seconds, half_lives)
        if (loop := loops.of("judgement")) is not None:
            compiled: Floats = loop.score_then_learn(self, rows, at_seconds, values, taken)
            return compiled
        novelty = self.novelty.score_then_learn(rows, self.seen.distance_then_learn(rows, values))
        deviation = self.deviation_surprise.score_then_learn(rows, self.deviation.score_then_learn(rows, values, taken))
        self._count(rows, at_seconds)
        surprises = self.incident.merge(rows, np.maximum(novelty, deviation - self.settings.deviation_allowance))
        scores = np.zeros(len(rows))
        odd = surprises.nonzero()[0]
        scores[odd] = self._worths(rows[odd], surprises[odd])
        return scores

    def _level_shares(self, rows: Rows, at_seconds: Floats, half_lives: Floats) -> Floats:
        elapsed = np.where(self.samples[rows] == 0, 0.0, at_seconds - self.latest_seconds[rows])
        return shares(np.maximum(elapsed, 0.0), half_lives, np.full(len(rows), SHARE))

    def _count(self, rows: Rows, at_seconds: Floats) -> None:
        new = rows[self.samples[rows] == 0]
        if len(new):
            self.latest_seconds[new] = -np.inf
        self.samples[rows] += 1
        self.latest_seconds[rows] = np.maximum(self.latest_seconds[rows], at_seconds)
        if len(new):
            self.first_seconds[new] = self.latest_seconds[new]

    def _worths(self, rows: Rows, surprises: Floats) -> Floats:
        """``worth`` of each, with the C library's own logarithms: the same bits."""
        spans = np.maximum(self.latest_seconds[rows] - self.first_seconds[rows], LEAST_SECONDS)
        share_of_history = surprises - decimal_logarithms(self.samples[rows].astype(np.float64))
        days = decimal_logarithms(spans / DAY_SECONDS)
        powers: Floats = share_of_history + (1.0 - self.settings.age_discount) * days - log10(LEAST_DAYS)
        low = (powers < 1.0).nonzero()[0]
        powers[low] = np.fromiter(map(exp, (powers[low] - 1.0).tolist()), np.float64, len(low))
        return powers / (powers + self.settings.alarm_worth)
