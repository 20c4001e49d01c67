"""
The detector: points in, signals out.

The rule: every point is scored, then learned, by its event time and in the order in which it comes; nothing here asks for the
time or keeps more than so many series. What is kept for a point depends on the points before it alone, so that the same log gives
the same signals however it is cut into polls: the banks take a poll in rounds, each row by itself, and what concerns a workload as
a whole is settled afterwards, in the order of the log.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from rollguard_detector.core.changes import Changes
from rollguard_detector.core.listening import Clock, Listening, Source
from rollguard_detector.core.missing import MissingNumbers
from rollguard_detector.core.models.registry import Named
from rollguard_detector.core.outlook.reliability import Reliability
from rollguard_detector.core.poll import Changed, Poll
from rollguard_detector.core.readings import Gap, labels_of, metric_of
from rollguard_detector.core.rollouts import LastRollout, RolloutBook
from rollguard_detector.core.series import Series, SeriesBook, SeriesKey
from rollguard_detector.core.snapshots import Unfit, WorkloadKept
from rollguard_detector.core.watching import Watching
from rollguard_detector.core.workloads import Workloads
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.rollouts import Rollout
from rollguard_schemas.signals import Signal

SkipReason = Gap | Literal["future", "series-ceiling", "out-of-range", "small-sample"]


class Limits(msgspec.Struct, frozen=True):
    """How many series are kept, and how far a point may lie ahead of the record that brought it."""

    max_series: int = 50_000
    max_ahead_seconds: float = 3_600.0


class Arrival(NamedTuple):
    """
    A point, when its record was appended (0 where the broker told no time), and in which partition, if any.

    Without a point it says that the log went on: what the record holds is known already.
    """

    point: MetricPoint | None
    received_at_seconds: float
    source: Source | None = None


class Observation(msgspec.Struct):
    """What one point led to; ``skipped`` says why no model learned from it, ``fault`` what broke while it was read."""

    signals: tuple[Signal, ...] = ()
    skipped: SkipReason | None = None
    fault: Exception | None = None


class Detector:
    """The fold over points, policies and rollouts."""

    def __init__(self, limits: Limits | None = None, missing: MissingNumbers | None = None, models: Sequence[Named] = ()) -> None:
        self._limits, self._missing = limits or Limits(), missing or MissingNumbers()
        self._book = SeriesBook(self._limits.max_series)
        self._changes = Changes(self._book)
        self._workloads, self._listening = Workloads(models), Listening()
        self._watching = Watching(self._book, self._workloads, self._listening)
        self._rollouts = RolloutBook()

    @property
    def series_count(self) -> int:
        """How many series are kept."""
        return len(self._book)

    @property
    def bytes_a_series(self) -> int:
        """How much the models of one series take; a track of an objective comes on top."""
        return self._watching.bytes_a_series

    @property
    def warming_count(self) -> int:
        """How many series are too young for anything to be called unusual."""
        return self._watching.warming_count()

    def reliability(self) -> Reliability:
        """Return what the breach forecasts that matured so far were worth."""
        return self._watching.reliability()

    def take_policy(self, workload: str, policy: RollbackPolicy | None) -> None:
        """Watch the objectives of a policy, or none; an objective whose terms did not change keeps its episode."""
        self._watching.follow(self._workloads.take_policy(workload, policy))

    def take_rollout(self, event: Rollout) -> None:
        """Note a rollout, for evidence, and to hold the reference still while it lasts."""
        self._rollouts.take(event)
        self._workloads.freeze(event.workload, *self._rollouts.frozen(event.workload))
        self._workloads.of(event.workload).trials.take_rollout(event)

    def last_rollout(self, workload: str) -> LastRollout | None:
        """Return what is known of the latest rollout of a workload."""
        return self._rollouts.last(workload)

    def take_last_rollout(self, workload: str, last: LastRollout | None) -> None:
        """Know of this rollout of a workload, or of none, whatever was known."""
        self._rollouts.put(workload, last)
        self._workloads.freeze(workload, *self._rollouts.frozen(workload))

    def take_moved(self) -> set[str]:
        """Return the workloads that learned something, or lost a series, since this was asked last."""
        return self._changes.take() | self._watching.take_touched()

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
        self._watching.keeping.put(kept, self._begin)

    def forget(self, workload: str) -> None:
        """Let go of the series of a workload that another process takes over."""
        known = self._workloads.of(workload)
        self._watching.release(self._book.forget_all(known))
        self._workloads.drop(known)

    def observe(self, point: MetricPoint, *, received_at_seconds: float) -> Observation:
        """Take in one point; ``observe_many`` costs far less a point."""
        return self.observe_many([Arrival(point, received_at_seconds)])[0]

    def observe_many(self, arrivals: Sequence[Arrival]) -> list[Observation]:
        """Take in points in the order of the log; return what each led to. A point that breaks us costs no other its signal."""
        observations = [Observation() for _ in arrivals]
        poll = Poll()
        for index, arrival in enumerate(arrivals):
            try:
                observations[index].skipped = self._read(arrival, index, poll, observations)
            except Exception as fault:  # noqa: BLE001  # whatever it is, it is told beside its point
                observations[index].fault = fault
        self._settle(poll, observations)
        return observations

    def _read(self, arrival: Arrival, index: int, poll: Poll, observations: list[Observation]) -> SkipReason | None:
        """Put a point's number into the poll, or say why it has none."""
        point, received_at_seconds, source = arrival
        instant = self._listening.hear(source, received_at_seconds)
        if point is None:
            return None
        at_seconds = point.time_unix_seconds
        if received_at_seconds > 0 and at_seconds > received_at_seconds + self._limits.max_ahead_seconds:
            return "future"
        key = SeriesKey(point.workload, metric_of(point), labels_of(point.labels), point.revision)
        series = self._book.get(key) or self._admit(key, point, poll, observations)
        if series is None:
            return "series-ceiling"
        before = series.lane.before
        number = series.lane.read(
            point, self._missing.of(point.metric), is_late=bool(at_seconds <= self._book.heard_at[series.row])
        )
        if number in ("late", "not-finite"):
            return number
        self._book.heard_at[series.row] = at_seconds
        workload = series.workload
        if change := workload.revisions.hear(point.revision, at_seconds):
            poll.changes.append(Changed(index, workload, point, change))
        refusal = number if isinstance(number, str) else workload.refusal(key.metric, number, point.denominator)
        if workload.trials.is_on and refusal != "out-of-range":
            observations[index].signals += workload.trials.hear(point, before, None if isinstance(number, str) else number)
        if refusal is None and not isinstance(number, str):
            poll.take(index, series, point, number, instant)
        return refusal

    def _admit(self, key: SeriesKey, point: MetricPoint, poll: Poll, observations: list[Observation]) -> Series | None:
        """Give a new series a row; what it inherits, and from whom a row is taken, must be up to date before."""
        if self._book.is_full:
            self._settle(poll, observations)
            self._watching.release(self._book.make_room(point.time_unix_seconds, self._workloads.held_rows()))
            self._workloads.forget_idle()
        donor = self._book.continued_by(key)
        if donor is not None:
            self._settle(poll, observations)
        return None if self._book.is_full else self._begin(key, point.unit, donor)

    def _begin(self, key: SeriesKey, unit: str, donor: Series | None = None) -> Series:
        series = self._book.admit(key, unit, self._workloads.of(key.workload))
        self._watching.begin(series, donor)
        return series

    def _settle(self, poll: Poll, observations: list[Observation]) -> None:
        """Let the models take what was read, and say what follows from it, in the order of the log."""
        if poll.is_empty:
            return
        for index, said in self._watching.settle(poll, self._rollouts):
            observations[index].signals += said
        poll.clear()
