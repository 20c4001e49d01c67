"""
Plays a past through the detector: what it hears is passed on, and behind it what the detector says because of it.

Points are observed in large steps, as the service observes a poll; where a poll is cut changes no signal. A rollout ends a step, so
that the points before it are judged without it, as they were.
"""

from collections.abc import Callable, Iterable

from rollguard_detector.backtest.course import Courses
from rollguard_detector.core.arrivals import Arrival
from rollguard_detector.core.detector import Detector
from rollguard_runtime.tape import Taped, write_line
from rollguard_schemas.metrics import MetricBatch, MetricPoint
from rollguard_schemas.rollouts import Rollout

_POINTS_A_STEP = 10_000
_SOURCE = ("replay", 0)  # one partition: a workload that falls silent is told by the time of all others

Say = Callable[[bytes], object]


class Player:
    """One run; ``say`` is given a line for everything but points."""

    def __init__(
        self, detector: Detector, say: Say, *, courses: Courses | None = None, tell: Callable[[], None] | None = None
    ) -> None:
        self._detector, self._say, self._courses, self._tell = detector, say, courses, tell
        self._waiting: list[Arrival] = []
        self.points = self.signals = self.skipped = self.faults = 0
        self.reached_unix_seconds = 0.0

    def play(self, past: Iterable[Taped]) -> None:
        """Play it to its end."""
        for taped in past:
            self.reached_unix_seconds = max(self.reached_unix_seconds, taped.at_unix_seconds)
            if isinstance(taped.event, MetricPoint):
                self._hear(taped.event, taped.at_unix_seconds)
            elif isinstance(taped.event, MetricBatch):
                for point in taped.event.points:
                    self._hear(point, taped.at_unix_seconds)
            else:
                self._pass_on(taped)
        self._observe()

    def _hear(self, point: MetricPoint, at_unix_seconds: float) -> None:
        self._waiting.append(Arrival(point, at_unix_seconds, _SOURCE))
        if self._courses is not None:
            self._courses.add(point)
        if len(self._waiting) >= _POINTS_A_STEP:
            self._observe()

    def _pass_on(self, taped: Taped) -> None:
        self._observe()
        if isinstance(taped.event, Rollout):
            self._detector.take_rollout(taped.event)
        self._say(write_line(taped))

    def _observe(self) -> None:
        arrivals, self._waiting = self._waiting, []
        if not arrivals:
            return
        for arrival, observation in zip(arrivals, self._detector.observe_many(arrivals), strict=True):
            self.skipped += observation.skipped is not None
            self.faults += observation.fault is not None
            for signal in observation.signals:
                self.signals += 1
                self._say(write_line(Taped(arrival.received_at_seconds, signal)))
        self.points += len(arrivals)
        if self._tell is not None:
            self._tell()
