"""
What follows from one poll for the workloads in which something stirred, in the order of the log.

The rule: everything that several series of a workload share (the serving revision, the incident, an objective's episode) moves
here and nowhere else, one point after the other; what the banks said of each point is only looked up. So it does not matter where
a poll was cut.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core import signals, signals_of_spending
from rollguard_detector.core.banks.bank import Floats, Rows
from rollguard_detector.core.banks.departing import ADOPTION, DEPARTURE, KINDS, NOTHING, RANGE_DEVIATIONS
from rollguard_detector.core.banks.departures import Findings
from rollguard_detector.core.incidents import Part
from rollguard_detector.core.listening import Instants
from rollguard_detector.core.objectives import ObjectiveWatch, Standing
from rollguard_detector.core.poll import Changed, Poll, Samples
from rollguard_detector.core.readings import Reading
from rollguard_detector.core.relations import RELATION, Stirred
from rollguard_detector.core.rollouts import RolloutBook
from rollguard_detector.core.series import Series, SeriesBook
from rollguard_detector.core.silences import Overdue, Silences, Stood, Vigil
from rollguard_detector.core.spendings import Spent
from rollguard_detector.core.tracking import Tracked, TracksBefore
from rollguard_detector.core.workloads import Workload
from rollguard_schemas.signals import Side, Signal

Said = tuple[int, tuple[Signal, ...]]
_SIDES: Mapping[int, Side] = {1: "up", -1: "down", 0: "none"}


class Observed(NamedTuple):
    """A poll as the banks left it: of each place, the index of its point, the row of its series, the sample, and what was found."""

    indices: Rows
    rows: Rows
    samples: Samples
    instants: Instants
    found: Findings
    tracked: Tracked
    spent: Spent
    before: TracksBefore
    stood: Stood  # before the poll, by row
    heard_at: Floats  # before the poll, by number of the workload
    related: Mapping[int, Sequence[Stirred]]  # by place

    def reading(self, place: int, series: Series) -> Reading:
        """Return the sample at a place with its names."""
        at_seconds, value = float(self.samples.at_seconds[place]), float(self.samples.values[place])
        return Reading(*series.key, at_seconds, value, series.unit)

    def overdue(self, place: int) -> Overdue:
        """Return when the series of a place is overdue next, and where it stands."""
        found, at_seconds, instants = self.found, float(self.samples.at_seconds[place]), self.instants
        lag = float(instants.arrived_at[place]) - at_seconds if instants.source[place] >= 0 else math.inf
        return Overdue(float(found.due_at[place]), at_seconds, float(found.recent[place]), int(found.samples[place]), lag)

    def part(self, place: int, reading: Reading) -> Part:
        """Say in full what was found at a place."""
        found = self.found
        expected, width = float(found.expected[place]), RANGE_DEVIATIONS * float(found.scale[place])
        return Part(
            series=reading.series,
            metric=reading.metric,
            revision=reading.revision,
            unit=reading.unit,
            kind=KINDS[int(found.kind[place])],
            side=_SIDES[int(found.sign[place])],
            opened_at=float(found.opened_at[place]),
            observed=reading.value,
            expected=expected,
            expected_low=expected - width,
            expected_high=expected + width,
            deviations=float(found.deviations[place]),
            evidence=float(found.evidence[place]),
            samples=int(found.samples[place]),
        )


class Settling:
    """One poll on its way from what was observed to what is said."""

    def __init__(
        self,
        poll: Poll,
        observed: Observed,
        book: SeriesBook,
        silences: Silences,
        rollouts: RolloutBook,
    ) -> None:
        self._poll, self._observed, self._book, self._rollouts = poll, observed, book, rollouts
        self._silences = silences
        self._vigils: dict[int, Vigil] = {}
        self._missed_by: dict[int, list[Workload]] = {}  # by place, whom its partition may miss there
        self._standings: dict[tuple[int, str], dict[int, Standing]] = {}
        self.touched: set[Workload] = set()

    def watch_over(self, workloads: list[Workload], source_of: NDArray[np.int32]) -> None:
        """Look at these workloads wherever their partition goes on: they may be silent as a whole."""
        for workload in workloads:
            for place in np.flatnonzero(self._observed.instants.source == source_of[workload.number]).tolist():
                self._missed_by.setdefault(place, []).append(workload)

    def say(self, stirred: NDArray[np.int32], workloads: NDArray[np.int32]) -> Iterator[Said]:
        """
        Yield what is said of each point, by its index.

        ``workloads`` has the number of each place, ``stirred`` those of which something may have to be said: every point of theirs
        is settled, since a step at one place may make another place matter.
        """
        stirred = np.concatenate([stirred, np.array([changed.workload.number for changed in self._poll.changes], np.int32)])
        stirring = set(np.flatnonzero(np.isin(workloads, stirred)).tolist() if len(stirred) else [])
        changes = iter(self._poll.changes)
        change = next(changes, None)
        for place in sorted(stirring | self._missed_by.keys()):
            index = int(self._observed.indices[place])
            while change is not None and change.point_index <= index:
                yield change.point_index, tuple(self._serve(change))
                change = next(changes, None)
            missed = [signal for workload in self._missed_by.get(place, ()) for signal in self._miss(workload, place)]
            yield index, (*missed, *(self._settle(place) if place in stirring else ()))
        while change is not None:
            yield change.point_index, tuple(self._serve(change))
            change = next(changes, None)

    def _serve(self, changed: Changed) -> Iterator[Signal]:
        workload, point, revision = changed.workload, changed.point, changed.change.revision
        for name, watch in workload.watches.items():
            standing = self._standings_of(workload, watch)
            self._standings[workload.number, name] = {row: one for row, one in standing.items() if one.revision in (None, revision)}
        workload.serving, workload.serving_since = revision, point.time_unix_seconds
        yield signals.revision_serving(point, changed.change)
        told = workload.incidents.serve(revision)
        if told is not None:
            yield signals.of_incident(workload.name, point.time_unix_seconds, told, "")

    def _settle(self, place: int) -> Iterator[Signal]:
        series = self._book.at(int(self._observed.rows[place]))
        reading = self._observed.reading(place, series)
        self.touched.add(series.workload)
        yield from self._silence(place, reading, series)
        if self._observed.found.finding[place] != NOTHING:
            yield from self._incident(place, reading, series)
        for stirred in self._observed.related.get(place, ()):
            yield from self._relation(stirred, reading, series.workload)
        for name, row in series.tracks.items():
            yield from self._objective(place, row, reading, series.workload, series.workload.watches[name])
        for step in self._observed.spent.get(place, ()):
            yield signals_of_spending.of_step(reading, step, self._rollouts.phrase(series.workload.name, reading.at_seconds))

    def _relation(self, stirred: Stirred, reading: Reading, workload: Workload) -> Iterator[Signal]:
        """Say what the models of several series found, or that they find it no more."""
        if stirred.is_over:
            told = workload.incidents.leave(RELATION, stirred.part, is_adopted=False)
        else:
            told = workload.incidents.depart(RELATION, stirred.part, reading.at_seconds)
        if told is not None:
            phrase = "" if stirred.is_over else self._rollouts.phrase(workload.name, reading.at_seconds)
            yield signals.of_incident(workload.name, reading.at_seconds, told, phrase)

    def _incident(self, place: int, reading: Reading, series: Series) -> Iterator[Signal]:
        part, workload = self._observed.part(place, reading), series.workload
        finding = self._observed.found.finding[place]
        if finding == DEPARTURE:
            told = workload.incidents.depart(series.row, part, reading.at_seconds)
        else:
            told = workload.incidents.leave(series.row, part, is_adopted=bool(finding == ADOPTION))
        if told is not None:
            phrase = self._rollouts.phrase(workload.name, reading.at_seconds) if finding == DEPARTURE else ""
            yield signals.of_incident(workload.name, reading.at_seconds, told, phrase)

    def _silence(self, place: int, reading: Reading, series: Series) -> Iterator[Signal]:
        """Say who fell silent until this place, and that a missing series is back."""
        workload = series.workload
        vigil = self._vigil(workload)
        stands = self._observed.overdue(place)
        vigil.hear(series.row, stands)
        for row, overdue in vigil.pass_to(reading.at_seconds):
            part = _missing_part(self._book.at(row), overdue, reading.at_seconds)
            told = workload.incidents.depart(_missing(row), part, reading.at_seconds)
            if told is not None:
                yield signals.of_incident(workload.name, reading.at_seconds, told, "")
        part = _missing_part(series, stands, reading.at_seconds)
        back = workload.incidents.leave(_missing(series.row), part, is_adopted=False)
        if back is not None:
            yield signals.of_incident(workload.name, reading.at_seconds, back, "")

    def _vigil(self, workload: Workload) -> Vigil:
        vigil = self._vigils.get(workload.number)
        if vigil is None:
            heard_at = float(self._observed.heard_at[workload.number])
            vigil = self._vigils[workload.number] = Vigil(workload, self._observed.stood, self._silences, heard_at)
        return vigil

    def _miss(self, workload: Workload, place: int) -> Iterator[Signal]:
        """Say who is missed because the partition went on without them; as of when they were due, wherever that is noticed."""
        vigil, instants = self._vigil(workload), self._observed.instants
        for row, overdue in list(vigil.hush(float(instants.clock[place]), float(instants.resumed_at[place]))):
            self._book.note_missed(workload)
            part = _missing_part(self._book.at(row), overdue, overdue.due_at)
            told = workload.incidents.depart(_missing(row), part, overdue.due_at)
            if told is not None:
                whole = "; nothing of the workload is heard any more" if vigil.is_over else ""
                yield signals.of_incident(workload.name, overdue.due_at, told, whole)

    def _objective(self, place: int, row: int, reading: Reading, workload: Workload, watch: ObjectiveWatch) -> Iterator[Signal]:
        tracks = self._standings_of(workload, watch)
        tracks[row] = self._observed.tracked.standing(place, row, reading, watch.terms)
        step = watch.observe(row, reading.at_seconds, tracks)
        if step is not None:
            phrase = self._rollouts.phrase(workload.name, reading.at_seconds)
            yield signals.of_step(reading, watch.terms.objective, step, phrase)

    def _standings_of(self, workload: Workload, watch: ObjectiveWatch) -> dict[int, Standing]:
        """Return how the tracks of an objective stand at this place of the log; before the poll where it has not come to them."""
        name = (workload.number, watch.terms.objective.name)
        known = self._standings.get(name)
        if known is None:
            serving, since = workload.serving, workload.serving_since
            known = self._standings[name] = {
                row: one
                for row, one in self._observed.before.of(watch)
                if serving is None or one.revision in (None, serving) or one.heard_at > since
            }
        return known


def _missing_part(series: Series, overdue: Overdue, at_seconds: float) -> Part:
    """Say that a series is overdue, or back."""
    stood, samples = overdue.recent, overdue.samples
    return Part(
        series=series.key.text,
        metric=series.key.metric,
        revision=series.key.revision,
        unit=series.unit,
        kind="missing",
        side="none",
        opened_at=at_seconds,
        observed=stood,
        expected=stood,
        expected_low=stood,
        expected_high=stood,
        deviations=0.0,
        evidence=samples + 1.0,  # longer than each of so many silences
        samples=samples,
    )


def _missing(row: int) -> int:
    """Return the key of a series' silence among the parts of an incident; its departures go by the row itself."""
    return -1 - row
