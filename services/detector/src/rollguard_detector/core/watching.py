"""
A poll through the banks, and what follows from it.

First every series and every track learns its samples, in rounds; then, in the order of the log, the workloads in which anything
stirred are settled (``core/settling.py``). A workload in which nothing did costs no more than its share of the arrays.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from rollguard_detector.core.banks.bank import Rows
from rollguard_detector.core.banks.departing import NOTHING
from rollguard_detector.core.banks.departures import Findings
from rollguard_detector.core.banks.gates import GateBank
from rollguard_detector.core.banks.half_lives import HalfLifeBank
from rollguard_detector.core.keeping import Keeping
from rollguard_detector.core.listening import Listening
from rollguard_detector.core.outlook.reliability import Reliability
from rollguard_detector.core.poll import Poll, Samples
from rollguard_detector.core.readings import Reading
from rollguard_detector.core.relations import Stirred
from rollguard_detector.core.rollouts import RolloutBook
from rollguard_detector.core.rounds import rounds
from rollguard_detector.core.series import Series, SeriesBook
from rollguard_detector.core.series_models import SeriesModels
from rollguard_detector.core.settling import Observed, Said, Settling
from rollguard_detector.core.siblings import LEAST
from rollguard_detector.core.silences import Heard, Silences
from rollguard_detector.core.snapshots import indexed
from rollguard_detector.core.spendings import Spendings
from rollguard_detector.core.tracking import Tracks
from rollguard_detector.core.workloads import Workload, Workloads


class Watching:
    """The banks over the rows of a book."""

    def __init__(self, book: SeriesBook, workloads: Workloads, listening: Listening) -> None:
        self._book, self._workloads, self._listening = book, workloads, listening
        self._models, self._gates, self._tracks = SeriesModels(), GateBank(), Tracks()
        self._half_lives = HalfLifeBank()
        self._silences, self._spendings = Silences(book), Spendings(book)

    @property
    def bytes_a_series(self) -> int:
        """How much the models and rules of one series take."""
        return self._models.bytes_a_series + self._gates.bytes_a_row + self._half_lives.bytes_a_row

    @property
    def bytes_a_track(self) -> int:
        """How much one series takes besides for each objective that watches it."""
        return self._tracks.bytes_a_track

    @property
    def track_count(self) -> int:
        """How many tracks there are."""
        return self._tracks.count

    def reliability(self) -> Reliability:
        """Return what the forecasts that matured were worth."""
        return self._tracks.reliability()

    def warming_count(self) -> int:
        """Return how many series are too young for anything to be called unusual."""
        return self._models.cold_count(self._book.rows_in_use())

    def begin(self, series: Series, donor: Series | None) -> None:
        """Start the row of a new series, and watch it for the objectives of its metric."""
        self._models.grow(self._book.capacity)
        self._gates.grow(self._book.capacity)
        self._half_lives.grow(self._book.capacity)
        self._models.begin(series.row, donor.row if donor else None)
        series.is_new = donor is None
        self._rule(series)
        self._tracks.follow(series)
        self._spendings.follow(series)

    def may_teach(self, siblings: Sequence[Series], pending: int) -> bool:
        """Say whether enough siblings know what is usual, or could by what the poll holds for them."""
        return len(siblings) >= LEAST and self._models.warm_count(indexed([one.row for one in siblings]), pending) >= LEAST

    def teach(self, series: Series, number: float, siblings: Sequence[Series]) -> None:
        """Start a series that has learned nothing yet from a sibling, where its first number and theirs are alike."""
        donor = self._models.alike(indexed([one.row for one in siblings]), number)
        if donor is not None:
            self._models.begin(series.row, donor)

    def release(self, gone: list[Series]) -> None:
        """Let go of the tracks of series that were forgotten."""
        for series in gone:
            self._tracks.drop(series)

    def follow(self, workload: Workload) -> None:
        """Watch the series of a workload for its objectives and rules as they stand now."""
        for series in self._book.of(workload):
            self._rule(series)
            self._tracks.follow(series)
            self._spendings.follow(series)

    def _rule(self, series: Series) -> None:
        rules = series.workload.rules_of(series.key.metric)
        self._gates.set(series.row, rules)
        self._half_lives.set(series.row, rules)

    @property
    def keeping(self) -> Keeping:
        """What takes a workload out and puts it back."""
        return Keeping(self._book, self._workloads, self._models, self._tracks, self._silences, self._listening)

    def settle(self, poll: Poll, rollouts: RolloutBook) -> Iterator[Said]:
        """Learn a poll and yield what is to be said of each of its points, by index and in order."""
        gathered = poll.gathered()
        rows, workloads = gathered.rows, self._book.workloads_of(gathered.rows)
        samples = gathered.samples(self._workloads.frozen_from[workloads], self._workloads.frozen_until[workloads])
        before, stood = self._tracks.remember(), self._models.stood()
        found, tracked = self._observe(rows, samples), self._tracks.observe(rows, samples)
        spent = self._spendings.observe(rows, samples)
        related = self._relate(rows, samples, found) if self._workloads.models else {}
        self._silences.hear(rows)
        stirs = self._workloads.has_open_objective[workloads] | self._silences.before[rows]
        stirs |= (found.finding != NOTHING) | found.was_overdue.astype(np.bool_)
        stirs[tracked.stirring] = stirs[list(spent)] = stirs[list(related)] = True
        due_at, instants = self._models.due_at(), poll.instants(gathered.indices)
        source_of = self._workloads.listen(workloads, instants.source)
        heard = Heard(rows, workloads, samples.at_seconds, found.due_at, instants, source_of)
        silent, hushed = (
            self._silences.stirred(workloads, samples.at_seconds, due_at),
            self._silences.hushed(heard, stood.due_at, due_at),
        )
        stirred = np.concatenate([workloads[stirs], silent, hushed])
        heard_at = self._workloads.hear(workloads, samples.at_seconds)
        observed = Observed(gathered.indices, rows, samples, instants, found, tracked, spent, before, stood, heard_at, related)
        settling = Settling(poll, observed, self._book, self._silences, rollouts)
        settling.watch_over(self._workloads.numbered(hushed), source_of)
        yield from settling.say(stirred, workloads)
        for workload in settling.touched:
            self._workloads.note(workload)

    def _relate(self, rows: Rows, samples: Samples, found: Findings) -> dict[int, list[Stirred]]:
        """Let each workload's models take its samples, one by one in the order of the log; return what that led to, by place."""
        related: dict[int, list[Stirred]] = {}
        for place, (row, at, value) in enumerate(
            zip(rows.tolist(), samples.at_seconds.tolist(), samples.values.tolist(), strict=True)
        ):
            series = self._book.at(row)
            if series.workload.relations is not None:
                reading = Reading(*series.key, at, value, series.unit)
                stirred = series.workload.relations.observe(
                    reading, float(found.residual[place]), float(samples.budget_days[place])
                )
                related |= {place: stirred} if stirred else {}
        return related

    def _observe(self, rows: Rows, samples: Samples) -> Findings:
        turns = list(rounds(rows))
        found = [
            self._models.observe(rows[turn], samples.at(turn), self._gates.of(rows[turn]), self._half_lives.of(rows[turn]))
            for turn in turns
        ]
        if not turns:
            return Findings.quiet(np.zeros(0, np.int32), np.zeros(0))
        order = np.argsort(np.concatenate(turns), kind="stable")
        return Findings(*(np.concatenate(columns)[order] for columns in zip(*found, strict=True)))
