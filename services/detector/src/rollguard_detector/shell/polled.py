"""
A poll on its way from records to what the detector takes: columns where they can be had, points where they cannot.

The rule: bulk changes the cost and nothing else. What was not read in bulk is read by its codec, and whoever takes a poll apart
gets each record with the points that its codec reads from it.
"""

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.arrivals import NO_ROW, Arrivals, is_gauge
from rollguard_detector.core.banks.bank import Rows
from rollguard_detector.core.detector import Detector
from rollguard_detector.core.listening import Source
from rollguard_detector.core.ports import ALONE, NO_NUMBER, Columns, Origin, PollCodec
from rollguard_runtime.batches import Batch
from rollguard_runtime.bus import Record
from rollguard_runtime.pump import Reading, Received, one_by_one
from rollguard_schemas.codec import Malformed
from rollguard_schemas.metrics import MetricPoint

_FIRST_CAPACITY = 1_024
_ALONE_WEIGHT = 20  # a new series costs more still
_FIRST_ALONE = 500
_FORGOTTEN = np.iinfo(np.intp).max  # a number that no series has


class Polled(Sequence[Received]):
    """Records that were read, in order; ``alone`` are those that were read one by one, by their place."""

    def __init__(self, records: Batch, columns: Columns, alone: dict[int, Received], reader: "PollReader") -> None:
        self.records, self.columns, self.alone = records, columns, alone
        self._reader = reader

    def __len__(self) -> int:
        return len(self.records)

    @overload
    def __getitem__(self, place: int) -> Received: ...

    @overload
    def __getitem__(self, place: slice) -> "Polled": ...

    def __getitem__(self, place: "int | slice") -> "Received | Polled":
        if isinstance(place, slice):
            begin, end, _ = place.indices(len(self))
            some = self.alone if len(self.alone) < end - begin else range(begin, end)
            alone = {one - begin: self.alone[one] for one in some if begin <= one < end and one in self.alone}
            return Polled(self.records[place], Columns._make(column[place] for column in self.columns), alone, self._reader)
        received = self.alone.get(place)
        return received if received is not None else self._reader.read(self.records[place])

    def __iter__(self) -> Iterator[Received]:
        return (self[place] for place in range(len(self)))

    def counts(self) -> NDArray[np.int64]:
        """Return how many points each record has; one without any stands for itself, since the log went on with it."""
        counts = np.ones(len(self), np.int64)
        for place, received in self.alone.items():
            counts[place] = max(1, len(received.event.points))
        return counts

    def points_count(self) -> int:
        """Return how many points all of them have."""
        return len(self) - len(self.alone) + sum(len(received.event.points) for received in self.alone.values())

    def parts(self, most_points: int) -> "Iterator[Polled]":
        """
        Yield it in parts of at most so many points, of one record at least.

        A point that is read alone counts for several; and which are is asked again for each part, since one part learns rows for
        the next.
        """
        weights, begin = _ALONE_WEIGHT * self.counts(), 0
        is_alone = np.zeros(len(self), np.bool_)
        is_alone[list(self.alone)] = True
        while begin < len(self):
            window = slice(begin, begin + most_points)
            is_bulk = self._reader.has_row(self.columns.numbers[window]) & ~is_alone[window]
            upto = np.cumsum(np.where(is_bulk, 1, weights[window]))
            end = begin + max(1, int(np.searchsorted(upto, most_points, side="right")))
            yield self if end - begin == len(self) else self[begin:end]
            begin = end


class PollReader:
    """Reads polls for a detector, and remembers in which row of it each series lies that was read in bulk."""

    def __init__(self, codec: PollCodec, detector: Detector) -> None:
        self._codec, self._detector = codec, detector
        self._rows: Rows = np.full(_FIRST_CAPACITY, NO_ROW, np.intp)
        self._good_for = (detector.version, codec.epoch)

    def read(self, record: Record) -> Received:
        """Decode a record by itself; raises ``Malformed``."""
        decoded = self._codec.decode(record.value, record.headers, Origin(record.topic, record.seconds))
        return Received(record, decoded, decoded.traceparent)

    def read_many(self, records: Sequence[Record]) -> Reading:
        """Decode a poll, in bulk what can be."""
        batch, epoch = Batch.of(records), self._codec.epoch
        columns = self._decoded(batch)
        alone: dict[int, Received] = {}
        refused: list[tuple[int, Malformed]] = []
        left, few = np.flatnonzero(columns.numbers < 0), _FIRST_ALONE
        while len(left):  # a few alone, so that others of their form are read in bulk; more each time
            self._read_alone(batch, left[:few].tolist(), columns, alone, refused)
            left, few = self._again(batch, left[few:], columns), 2 * few
        if self._codec.epoch != epoch:  # on the way: what had a number is read alone
            columns.numbers[columns.numbers >= 0] = _FORGOTTEN
            columns.numbers[[place for place in alone if columns.numbers[place] == _FORGOTTEN]] = NO_NUMBER
        return Reading(self._polled(batch, columns, alone, refused), refused)

    def _read_alone(
        self,
        records: Batch,
        places: list[int],
        columns: Columns,
        alone: dict[int, Received],
        refused: list[tuple[int, Malformed]],
    ) -> None:
        """Read some records by their codec, and learn the forms of those that are gauges."""
        received, wrong = one_by_one(self.read, [records[place] for place in places])
        refused += [(places[place], error) for place, error in wrong]
        gone = {place for place, _ in wrong}
        read = dict(zip([one for place, one in enumerate(places) if place not in gone], received, strict=True))
        alone.update(read)
        gauges = [place for place, one in read.items() if columns.numbers[place] == NO_NUMBER and _is_gauge(one)]
        numbers = self._codec.learn([records[place].value or b"" for place in gauges])
        columns.numbers[gauges] = [ALONE if number is None else number for number in numbers]

    def _again(self, records: Batch, left: Rows, columns: Columns) -> Rows:
        """Decode again what may be of a form that was learned meanwhile; return what is left, in order."""
        tried = left[columns.numbers[left] == NO_NUMBER]
        if len(tried):
            for column, part in zip(columns, self._decoded(records.at(tried.tolist())), strict=True):
                column[tried] = part
        return left[columns.numbers[left] < 0]

    def _decoded(self, records: Batch) -> Columns:
        return self._codec.decode_many(records.values(), records.headers(), records.topics())

    def _polled(self, records: Batch, columns: Columns, alone: dict[int, Received], refused: list[tuple[int, Malformed]]) -> Polled:
        """Put together what was read, without what is none."""
        refused.sort(key=lambda one: one[0])
        wrong = {place for place, _ in refused}
        if not wrong:
            return Polled(records, columns, alone, self)
        good = [place for place in range(len(records)) if place not in wrong]
        moved = {place: number for number, place in enumerate(good)}
        kept = {moved[place]: one for place, one in alone.items()}
        return Polled(records.at(good), Columns._make(column[good] for column in columns), kept, self)

    def has_row(self, numbers: Rows) -> NDArray[np.bool_]:
        """Return which series, by their numbers, can be read in bulk as far as is known now."""
        has_row: NDArray[np.bool_] = self._rows_of(numbers) != NO_ROW
        return has_row

    def of(self, received: Sequence[Received]) -> Polled:
        """Return records that were read one by one."""
        nothing = np.zeros(len(received))
        columns = Columns(np.full(len(received), ALONE, np.intp), nothing, nothing)
        return Polled(Batch.of([one.record for one in received]), columns, dict(enumerate(received)), self)

    def arrivals(self, polled: Polled) -> tuple[Arrivals, Rows]:
        """Return the points of a poll, and of which of its records each is."""
        self._find_rows(polled)
        counts = polled.counts()
        of = np.repeat(np.arange(len(polled), dtype=np.intp), counts)
        begins = np.cumsum(counts) - counts
        rows = self._rows_of(polled.columns.numbers)[of]
        at_seconds, values = polled.columns.at_seconds[of], polled.columns.values[of]
        received_at = np.array(polled.records.timestamps_ms())[of] / 1000.0
        points: dict[int, MetricPoint | None] = {}
        for record, received in polled.alone.items():
            if not received.event.points:
                rows[begins[record]], points[int(begins[record])] = NO_ROW, None
            for place, point in enumerate(received.event.points, start=int(begins[record])):
                rows[place] = self._detector.row_of(point)
                at_seconds[place], values[place] = point.time_unix_seconds, point.value or 0.0
                if rows[place] == NO_ROW or not is_gauge(point):
                    points[place] = point
        sources, source_of = _sources(polled.records)
        return Arrivals(rows, at_seconds, values, received_at, points, sources, source_of[of]), of

    def learn(self, polled: Polled) -> None:
        """Remember the rows of series that were read one by one and could have been read in bulk."""
        numbers = polled.columns.numbers
        gauges = [place for place, one in polled.alone.items() if numbers[place] != ALONE and _is_gauge(one)]
        new = [place for place in gauges if numbers[place] == NO_NUMBER]
        learned = dict(zip(new, self._codec.learn([polled.records[place].value or b"" for place in new]), strict=True))
        for place in gauges:
            number = learned.get(place, int(numbers[place]))
            if number is not None:
                self._keep_row(number, self._detector.row_of(polled.alone[place].event.points[0]))

    def _keep_row(self, number: int, row: int) -> None:
        if number >= len(self._rows):
            self._rows = np.concatenate([self._rows, np.full(max(len(self._rows), number), NO_ROW, np.intp)])
        self._rows[number] = row

    def _find_rows(self, polled: Polled) -> None:
        """Forget rows that may be another's by now, and read anew what has none."""
        good_for = (self._detector.version, self._codec.epoch)
        if good_for != self._good_for:
            self._rows[:] = NO_ROW
            self._good_for = good_for
        numbers = polled.columns.numbers
        for place in np.flatnonzero((numbers >= 0) & (self._rows_of(numbers) == NO_ROW)).tolist():
            if place not in polled.alone:
                polled.alone[place] = self.read(polled.records[place])
                numbers[place] = NO_NUMBER

    def _rows_of(self, numbers: Rows) -> Rows:
        return np.where((numbers >= 0) & (numbers < len(self._rows)), self._rows.take(numbers, mode="clip"), NO_ROW)


def _is_gauge(received: Received) -> bool:
    points = received.event.points
    return len(points) == 1 and is_gauge(points[0])


def _sources(records: Batch) -> tuple[list[Source | None], Rows]:
    """Return the partitions that records came from, and the place of each one's among them."""
    numbers: dict[Source | None, int] = {}
    places = [numbers.setdefault((run.topic, run.partition), len(numbers)) for run in records.runs]
    return list(numbers), np.repeat(np.array(places, dtype=np.intp), [len(run.fetched) for run in records.runs])
