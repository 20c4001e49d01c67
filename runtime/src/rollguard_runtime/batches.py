"""
A poll as it was fetched: runs of records, each of one partition, in which nothing was turned into anything yet.

The rule: what holds for a whole run (topic, partition, whether it is read again) is asked of the run, columns are taken from all
runs at once, and a ``Record`` is made only for who looks at one. Thousands come in one poll and hardly any is looked at by itself:
an object of ours for each took longer than all else that the pump does.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, groupby
from operator import attrgetter, eq, index
from typing import overload

from rollguard_runtime.bus import Partition, Record
from rollguard_runtime.runs import Message, Run, headers_of
from rollguard_schemas.codec import Header


class Batch(Sequence[Record]):
    """Runs, one after the other; none of them is empty."""

    def __init__(self, runs: Iterable[Run] = ()) -> None:
        self.runs = [run for run in runs if run.fetched]
        self._ends = list(accumulate(len(run.fetched) for run in self.runs))

    @classmethod
    def of(cls, records: Sequence[Record]) -> "Batch":
        """Return any records as a batch: one stays as it is."""
        if isinstance(records, Batch):
            return records
        alike = groupby(records, key=attrgetter("topic", "partition", "is_replayed"))
        return cls(Run(topic, number, [*map(Message.of, of)], again) for (topic, number, again), of in alike)

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, place: int) -> Record: ...

    @overload
    def __getitem__(self, place: slice) -> "Batch": ...

    def __getitem__(self, place: "int | slice") -> "Record | Batch":
        if isinstance(place, slice):
            first, last, _ = place.indices(len(self))
            return Batch(
                run._replace(fetched=run.fetched[max(0, first - begin) : max(0, last - begin)]) for begin, run in self._placed()
            )
        place = index(place) + (len(self) if place < 0 else 0)
        if not 0 <= place < len(self):
            raise IndexError(place)
        number = bisect_right(self._ends, place)
        run = self.runs[number]
        return run.record(place - self._ends[number] + len(run.fetched))

    def __iter__(self) -> Iterator[Record]:
        return (run.record(place) for run in self.runs for place in range(len(run.fetched)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    __hash__ = None  # type: ignore[assignment]  # as a list

    def at(self, places: Sequence[int]) -> "Batch":
        """Return the records at some places, which ascend."""
        ends = [bisect_left(places, end) for end in self._ends]
        return Batch(
            run._replace(fetched=[run.fetched[place - begin] for place in places[first:last]])
            for (begin, run), first, last in zip(self._placed(), [0, *ends], ends, strict=False)
        )

    def again_and_new(self) -> "list[Batch]":
        """Return what is read again and what is new as batches of their own, those that have any."""
        parts = (Batch(run for run in self.runs if run.is_replayed is again) for again in (True, False))
        return [part for part in parts if part.runs]

    def next_offsets(self) -> dict[Partition, int]:
        """Return the offset after the last record of each partition."""
        return {(run.topic, run.partition): run.fetched[-1].offset + 1 for run in self.runs}

    def place_of(self, partition: Partition, offset: int) -> int | None:
        """Return the place of a record, if it is here."""
        for begin, run in self._placed():
            if (run.topic, run.partition) == partition and run.fetched[0].offset <= offset <= run.fetched[-1].offset:
                place = bisect_left(run.fetched, offset, key=attrgetter("offset"))
                if run.fetched[place].offset == offset:
                    return begin + place
        return None

    def count_by_topic(self) -> Counter[str]:
        """Return how many records each topic has."""
        counts: Counter[str] = Counter()
        for run in self.runs:
            counts[run.topic] += len(run.fetched)
        return counts

    def values(self) -> list[bytes | None]:
        """Return every record's value."""
        return [one.value for run in self.runs for one in run.fetched]

    def headers(self) -> list[tuple[Header, ...]]:
        """Return every record's headers."""
        return [headers_of(of) if (of := one.headers) else () for run in self.runs for one in run.fetched]

    def topics(self) -> list[str]:
        """Return every record's topic."""
        return list(chain.from_iterable([run.topic] * len(run.fetched) for run in self.runs))

    def timestamps_ms(self) -> list[int]:
        """Return when every record was appended."""
        return [at_ms if (at_ms := one.timestamp) > 0 else 0 for run in self.runs for one in run.fetched]

    def _placed(self) -> Iterator[tuple[int, Run]]:
        """Yield the runs, each with the place of its first record."""
        return zip([0, *self._ends], self.runs, strict=False)
