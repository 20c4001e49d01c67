"""
The detector: points in, signals out.

The rule: every point is scored, then learned, by its event time and in the order in which it comes; nothing here asks for the
time or keeps more than so many series. What is kept for a point depends on the points before it alone, so that the same log gives
the same signals however it is cut into polls: the banks take a poll in rounds, each row by itself, and what concerns a workload as
a whole is settled afterwards, in the order of the log.
"""

from collections.abc import Sequence

import msgspec

from rollguard_detector.core.arrivals import NO_ROW, Arrival, Arrivals, Outcome, SkipReason
from rollguard_detector.core.changes import Changes
from rollguard_detector.core.footprint import Footprint
from rollguard_detector.core.listening import Clock, Listening, Source
from rollguard_detector.core.missing import MissingNumbers
from rollguard_detector.core.models.registry import Named
from rollguard_detector.core.outlook.reliability import Reliability
from rollguard_detector.core.poll import Poll
from rollguard_detector.core.reader import Reader, key_of
from rollguard_detector.core.rollouts import LastRollout, RolloutBook
from rollguard_detector.core.series import Ceiling, SeriesBook
from rollguard_detector.core.sieve import sieved
from rollguard_detector.core.snapshots import Unfit, WorkloadKept
from rollguard_detector.core.watching import Watching
from rollguard_detector.core.workloads import Workloads
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.rollouts import Rollout
from rollguard_schemas.signals import Signal


class Limits(msgspec.Struct, frozen=True):
    """How many series are kept, in all and of one workload, and how far a point may lie ahead of the record that brought it."""

    max_series: int = 50_000
    max_series_a_workload: int = 5_000
    max_ahead_seconds: float = 3_600.0


class Observation(msgspec.Struct):
    """What one point led to; ``skipped`` says why no model learned from it, ``fault`` what broke while it was read."""

    signals: tuple[Signal, ...] = ()
    skipped: SkipReason | None = None
    fault: Exception | None = None


class Detector:
    """The fold over points, policies and rollouts."""

    def __init__(self, limits: Limits | None = None, missing: MissingNumbers | None = None, models: Sequence[Named] = ()) -> None:
        self._limits = limits or Limits()
        self._book = SeriesBook(self._limits.max_series, self._limits.max_series_a_workload)
        self._changes = Changes(self._book)
        self._workloads, self._listening = Workloads(models), Listening()
        self._watching = Watching(self._book, self._workloads, self._listening)
        self._rollouts = RolloutBook()
        self._reader = Reader(
            self._book, self._workloads, self._watching, self._rollouts, missing or MissingNumbers(), self._limits.max_ahead_seconds
        )

    @property
    def series_count(self) -> int:
        """How many series are kept."""
        return len(self._book)

    def ceiling(self, ceiling: Ceiling) -> int:
        """Return how many series a ceiling allows."""
        return self._limits.max_series if ceiling == "series-ceiling" else self._limits.max_series_a_workload

    @property
    def bytes_a_series(self) -> int:
        """How much the models of one series take; a track of an objective comes on top."""
        return self._watching.bytes_a_series

    @property
    def predicted_bytes(self) -> float:
        """How much memory what is kept by now takes at most, the program itself apart."""
        return self.footprint.of(len(self._book), self._watching.track_count)

    @property
    def footprint(self) -> Footprint:
        """What one more series takes, and one more track."""
        return Footprint(self._watching.bytes_a_series, self._watching.bytes_a_track)

    @property
    def warming_count(self) -> int:
        """How many series are too young for anything to be called unusual."""
        return self._watching.warming_count()

    def reliability(self) -> Reliability:
        """Return what the breach forecasts that matured so far were worth."""
        return self._watching.reliability()

    def take_policy(self, workload: str, policy: RollbackPolicy | None) -> None:
        """Watch the objectives of a policy, or none; an objective whose terms did not change keeps its episode."""
        watched = self._workloads.take_policy(workload, policy)
        self._book.note_none_plain(watched)
        self._watching.follow(watched)

    def take_rollout(self, event: Rollout) -> None:
        """Note a rollout, for evidence, and to hold the reference still while it lasts."""
        self._rollouts.take(event)
        self._workloads.freeze(event.workload, *self._rollouts.frozen(event.workload))
        workload = self._workloads.of(event.workload)
        workload.trials.take_rollout(event)
        self._book.note_none_plain(workload)

    def last_rollout(self, workload: str) -> LastRollout | None:
        """Return what is known of the latest rollout of a workload."""
        return self._rollouts.last(workload)

    def take_last_rollout(self, workload: str, last: LastRollout | None) -> None:
        """Know of this rollout of a workload, or of none, whatever was known."""
        self._rollouts.put(workload, last)
        self._workloads.freeze(workload, *self._rollouts.frozen(workload))

    def take_moved(self) -> set[str]:
        """Return the workloads that learned something, or lost a series, since this was asked last."""
        return self._changes.take()

    def clock(self, source: Source) -> Clock | None:
        """Return the clock of a partition as it stands."""
        return self._listening.clock(source)

    def set_clock(self, source: Source, clock: Clock | None) -> None:
        """Let the clock of a partition stand as it stood where the log is read from; None forgets it."""
        self._listening.set_clock(source, clock)

    def knows(self, workload: str) -> bool:
        """Whether any series of a workload is kept."""
        return self._workloads.has_series(workload)

    def keep(self, workload: str) -> WorkloadKept:
        """Take out all that is known of a workload; the detector itself goes on."""
        return self._watching.keeping.take(self._workloads.of(workload))

    def resume(self, kept: WorkloadKept) -> None:
        """
        Put back what was known of a workload that is not known here; its policy and rollouts are told before.

        Raises:

            Unfit: if other models than these took the snapshot, or there is no room; the workload warms up from the log then.
        """
        if len(self._book) + len(kept.series) > self._limits.max_series:
            raise Unfit(f"{len(kept.series)} series more than {len(self._book)} are over the ceiling of {self._limits.max_series}")
        if len(kept.series) > self._limits.max_series_a_workload:
            most = self._limits.max_series_a_workload
            raise Unfit(f"{len(kept.series)} series are over the ceiling of a workload, which is {most}")
        self._watching.keeping.put(kept, self._reader.begin)

    def forget(self, workload: str) -> None:
        """Let go of the series of a workload that another process takes over."""
        known = self._workloads.of(workload)
        self._watching.release(self._book.forget_all(known))
        self._workloads.drop(known)

    def row_of(self, point: MetricPoint) -> int:
        """Return the row of a point's series, or NO_ROW where it has none (yet), to be good until ``version`` moves."""
        series = self._book.get(key_of(point))
        return NO_ROW if series is None else series.row

    @property
    def version(self) -> int:
        """What grows when rows that were asked for may be another's now."""
        return self._book.version

    def observe(self, point: MetricPoint, *, received_at_seconds: float) -> Observation:
        """Take in one point; ``observe_many`` costs far less a point."""
        return self.observe_many([Arrival(point, received_at_seconds)])[0]

    def observe_many(self, arrivals: Sequence[Arrival]) -> list[Observation]:
        """Take in points in the order of the log; return what each led to. A point that breaks us costs no other its signal."""
        led = self.observe_columns(Arrivals.of(arrivals))
        return [
            Observation(led.signals.get(place, ()), led.skipped.get(place), led.faults.get(place)) for place in range(len(arrivals))
        ]

    def observe_columns(self, arrivals: Arrivals) -> Outcome:
        """Take in points in the order of the log; those that may be are read in bulk, and the answer is the same."""
        instants = self._listening.hear_many(arrivals.sources, arrivals.source_of, arrivals.received_at_seconds)
        outcome, poll = Outcome(), Poll(instants, arrivals)
        bulk, alone = sieved(arrivals, self._book, self._workloads, self._limits.max_ahead_seconds)
        if len(bulk):
            self._reader.read_many(arrivals, bulk, poll)
        for place in alone.tolist():
            try:
                self._read_alone(arrivals, place, poll, outcome)
            except Exception as fault:  # noqa: BLE001  # whatever it is, it is told beside its point
                outcome.faults[place] = fault
        self._reader.settle(poll, outcome)
        return outcome

    def workload_at(self, arrivals: Arrivals, place: int) -> str:
        """Return the name of the workload of a point; none is empty."""
        if arrivals.rows[place] != NO_ROW:
            return self._book.at(int(arrivals.rows[place])).key.workload
        point = arrivals.points[place]
        return "" if point is None else point.workload

    def point_at(self, arrivals: Arrivals, place: int) -> MetricPoint | None:
        """Return a point, one that came as a row included; None where the log only went on."""
        if place in arrivals.points:
            return arrivals.points[place]
        return arrivals.point_of(self._book.at(int(arrivals.rows[place])), place)

    def _read_alone(self, arrivals: Arrivals, place: int, poll: Poll, outcome: Outcome) -> None:
        """Read what could not go in bulk; nothing where the log only went on."""
        point = self.point_at(arrivals, place)
        received_at_seconds = float(arrivals.received_at_seconds[place])
        skipped = None if point is None else self._reader.read(point, received_at_seconds, place, poll, outcome)
        if skipped is not None:
            outcome.skipped[place] = skipped
