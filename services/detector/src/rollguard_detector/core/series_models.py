"""
The models of all series, a poll at a time: judgement, evidence and departures, each a bank over the same rows.

The rule: score, then learn, every row by itself. What a finding changes in the models (evidence begins anew, a level is adopted)
happens in the same round, so that the next sample of the row meets it however the poll was cut.
"""

import numpy as np

from rollguard_detector.core.banks.bank import Bank, Columns, Flags, Floats, Rows
from rollguard_detector.core.banks.cadence import CadenceBank
from rollguard_detector.core.banks.departing import ADOPTION
from rollguard_detector.core.banks.departures import DepartureBank, Findings, Gates
from rollguard_detector.core.banks.evidence import EvidenceBank
from rollguard_detector.core.banks.judgement import JudgementBank
from rollguard_detector.core.banks.reckoning import Said, reckon
from rollguard_detector.core.banks.stuck import StuckBank
from rollguard_detector.core.poll import Samples
from rollguard_detector.core.siblings import alike
from rollguard_detector.core.silences import Stood


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
        said = Said(values, level, deviation, is_known, score, stuck, told, cadence, samples.budget_days)
        reckoned = reckon(said)
        found = self._departures.find(rows, at, values, reckoned.seen, gates)
        places = found.finding.nonzero()[0]
        if len(places):
            found.evidence[places] = np.exp2(found.evidence[places] + reckoned.needed[places])
            self._evidence.forget(rows[places])
            self._evidence.adopt(rows[found.finding == ADOPTION])
        return found._replace(was_overdue=cadence.was_overdue, due_at=cadence.due_at, residual=reckoned.residual)

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
