"""
The models of all series, a poll at a time: judgement, evidence and departures, each a bank over the same rows.

The rule: score, then learn, every row by itself. What a finding changes in the models (evidence begins anew, a level is adopted)
happens in the same round, so that the next sample of the row meets it however the poll was cut.
"""

import numpy as np

from rollguard_detector.core.banks.bank import Bank, Columns, Flags, Floats, Rows
from rollguard_detector.core.banks.cadence import CadenceBank
from rollguard_detector.core.banks.departures import ADOPTION, NOTHING, DepartureBank, Findings, Gates, Seen
from rollguard_detector.core.banks.evidence import EvidenceBank
from rollguard_detector.core.banks.judgement import JudgementBank, return_days
from rollguard_detector.core.banks.stuck import StuckBank
from rollguard_detector.core.poll import Samples
from rollguard_detector.core.siblings import alike
from rollguard_detector.core.silences import Stood

_BITS_A_POWER = np.log2(10.0)
_DAY_SECONDS = 86_400.0
_TINY_DAYS = 1e-9
_BEYOND_THE_PAST_BITS = 2.0
_VETO = 1e3  # who falls short of the past by a hair rings no more than who falls short by far
_LEAST_SAMPLES = 1e3  # a budget that allowed an alarm more often than that would be no budget


class SeriesModels:
    """All models over one set of rows."""

    def __init__(self) -> None:
        self._begun = 0  # rows from here on are as they were made
        self._judgement, self._evidence = JudgementBank(), EvidenceBank()
        self._departures, self._cadence, self._stuck = DepartureBank(), CadenceBank(), StuckBank()
        self._all = Bank(
            judgement=self._judgement,
            evidence=self._evidence,
            departures=self._departures,
            cadence=self._cadence,
            stuck=self._stuck,
        )

    @property
    def bytes_a_series(self) -> int:
        """How much one series takes."""
        return self._all.bytes_a_row

    def grow(self, capacity: int) -> None:
        """Make room for rows below ``capacity``."""
        self._all.grow(capacity)

    def begin(self, row: int, donor: int | None) -> None:
        """Start a row: anew, or from what is known of the series that it continues (without that one's open departure)."""
        rows = np.array([row], dtype=np.intp)
        is_fresh, self._begun = row >= self._begun, max(self._begun, row + 1)
        if donor is None:
            if not is_fresh:
                self._all.clear(rows)
            return
        self._all.restore(rows, self._all.export(np.array([donor], dtype=np.intp)))
        self._departures.clear(rows)
        self._evidence.forget(rows)

    def alike(self, rows: Rows, value: float) -> int | None:
        """Return the row from which a new series with this first number may start; rows that know too little are not asked."""
        level, deviation, is_known = self._judgement.expected(rows)
        asked = self._evidence.is_warm(rows) & is_known
        place = alike(value, level[asked], deviation[asked])
        return None if place is None else int(rows[asked][place])

    def warm_count(self, rows: Rows, pending: int) -> int:
        """Return how many rows know enough for anything to be called unusual, or may after ``pending`` samples more."""
        return int(self._evidence.is_warm(rows, pending).sum())

    def is_begun(self, rows: Rows) -> Flags:
        """Return which rows have learned a sample, or start from what another learned."""
        begun: Flags = self._cadence.samples[rows] > 0
        return begun

    def names(self) -> tuple[str, ...]:
        """The columns as ``export`` names them."""
        return self._all.names()

    def export(self, rows: Rows) -> Columns:
        """Return a copy of all that the rows know."""
        return self._all.export(rows)

    def restore(self, rows: Rows, columns: Columns) -> None:
        """Put back what ``export`` took."""
        self._all.restore(rows, columns)

    def observe(self, rows: Rows, samples: Samples, gates: Gates, half_lives: Floats | None = None) -> Findings:
        """Take one sample a row in; return what was found."""
        at, values = samples.at_seconds, samples.values
        level, deviation, is_known = self._judgement.expected(rows)
        score = self._judgement.score_then_learn(rows, at, values, half_lives)
        stuck = self._stuck.score_then_learn(rows, values)
        frozen = samples.frozen & self._evidence.is_warm(rows)  # what is not known yet cannot be held still
        told = self._evidence.score_then_learn(rows, at, values, samples.sizes, frozen, half_lives)
        cadence = self._cadence.learn(rows, at)
        needed = np.log2(np.maximum(samples.budget_days * _DAY_SECONDS / cadence.interval_seconds, _LEAST_SAMPLES))
        # A young series cannot state a return period much longer than it has been seen: its own past has to agree as far as it can.
        stated = np.minimum(needed, np.log2(cadence.samples + 1.0) + _BEYOND_THE_PAST_BITS)
        short = np.minimum(told.return_bits - stated, 0.0) * _VETO - needed
        seen = Seen(
            residual=np.where(is_known, (values - level) / np.where(is_known, deviation, 1.0), 0.0),
            expected=level,
            scale=deviation,
            up=told.up + short,
            down=told.down + short,
            wider=told.wider + short,
            narrower=told.narrower + short,
            novelty=np.log2(np.maximum(return_days(score), _TINY_DAYS) / samples.budget_days),
            stuck=stuck * _BITS_A_POWER - needed,
            is_warm=told.is_warm & is_known,
        )
        residual = np.where(is_known, seen.residual, np.nan)
        found = self._departures.find(rows, at, values, seen, gates)
        if found.finding.any():
            self._evidence.forget(rows[found.finding != NOTHING])
            self._evidence.adopt(rows[found.finding == ADOPTION])
        return found._replace(
            evidence=np.exp2(found.evidence + needed), was_overdue=cadence.was_overdue, due_at=cadence.due_at, residual=residual
        )

    def cold_count(self, rows: Rows) -> int:
        """Return how many rows know too little for anything to be called unusual."""
        return len(rows) - int(self._evidence.is_warm(rows).sum())

    def due_at(self) -> Floats:
        """Return, of every row, by when it should have reported again (inf: nothing is known)."""
        return self._cadence.due_at(np.arange(self._all.capacity, dtype=np.intp))

    def stood(self) -> Stood:
        """Copy, of every row, by when it should report again and where it stood when it was heard last."""
        departures, cadence = self._departures, self._cadence
        return Stood(self.due_at(), cadence.heard_at.copy(), departures.recent.copy(), departures.samples.copy())
