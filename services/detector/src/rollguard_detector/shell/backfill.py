"""
Learns history before the first live point, in silence.

The order is: history, then what the log is read back for, then what comes live. History ends where the rewind begins, so that
what both know is learned once, from the log, as the process before had learned it. What stands open at the end is kept for the
first live point to say.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack, aclosing
from datetime import UTC, datetime

from rollguard_detector.core.arrivals import Arrival
from rollguard_detector.core.detector import Detector
from rollguard_detector.core.history import HistorySource, Span, Stretch, Unread
from rollguard_detector.core.learned import Learned
from rollguard_detector.core.merging import merged
from rollguard_detector.core.standing import Standing
from rollguard_detector.settings import DetectorSettings
from rollguard_detector.shell import metrics
from rollguard_detector.shell.reading import LOOP, Reading
from rollguard_runtime import logs
from rollguard_runtime.errors import Permanent
from rollguard_runtime.liveness import Progress
from rollguard_schemas.metrics import MetricPoint

_POINTS_A_TURN = 2_000
_TOLD_EVERY_SECONDS = 10.0
_NAMED_ROWS = 20
log = logs.get("backfill")


class Backfill:
    """What history taught: ``learned`` and ``standing`` are for whoever handles what comes after it."""

    def __init__(self, detector: Detector, progress: Progress, settings: DetectorSettings) -> None:
        self.learned, self.standing = Learned(), Standing()
        self._detector, self._progress, self._settings = detector, progress, settings
        self._outcomes: Counter[str] = Counter()
        self._unread = 0
        self._told_at = time.monotonic()

    async def run(self, sources: Sequence[HistorySource], span: Span, stop: asyncio.Event) -> None:
        """
        Learn the sources' points of a span.

        Raises:

            Permanent: for what could not be read, where the settings say to stop then.
        """
        patience = self._settings.backfill_patience_seconds
        readings = [Reading(one, span, patience_seconds=patience, progress=self._progress) for one in sources]
        self._progress.expect(LOOP)
        try:
            async with AsyncExitStack() as open_streams:
                streams = [await open_streams.enter_async_context(aclosing(one.stretches(stop))) for one in readings]
                async for stretch in merged(streams):
                    self._name(stretch.unread)
                    await self._learn(stretch)
                    self._tell(stretch.until_seconds, span, readings)
        finally:
            self._progress.forget(LOOP)
        if not stop.is_set():
            self._conclude(span, readings)

    async def _learn(self, stretch: Stretch) -> None:
        """Observe in turns: whoever asks for liveness, or to stop, must not wait for a long stretch."""
        for start in range(0, len(stretch.points), _POINTS_A_TURN):
            outcomes = Counter(self._observe(stretch.points[start : start + _POINTS_A_TURN]))
            self._outcomes += outcomes
            for outcome, count in outcomes.items():
                metrics.BACKFILL_POINTS.labels(outcome).inc(count)
            self._progress.wait(LOOP)
            await asyncio.sleep(0)

    def _observe(self, points: Sequence[MetricPoint]) -> list[str]:
        """Learn points in silence; return what became of each."""
        seen = self._detector.observe_many([Arrival(point, point.time_unix_seconds) for point in points])
        for point, observation in zip(points, seen, strict=True):
            self.standing.hear(observation.signals)
            if observation.skipped is None and observation.fault is None:
                self.learned.note(point)
        return ["failed" if one.fault else one.skipped or "learned" for one in seen]

    def _name(self, unread: Sequence[Unread]) -> None:
        for one in unread:
            self._unread += 1
            metrics.BACKFILL_UNREAD.inc()
            if self._settings.backfill_on_trouble == "stop":
                raise Permanent(f"{one}; or set ROLLGUARD_DETECTOR_BACKFILL_ON_TROUBLE=go-on")
            if self._unread <= _NAMED_ROWS:  # a broken export must not become a flood of lines
                log.warning("history unread", where=one.where, because=one.problem, mend=one.mend)

    def _tell(self, reached_seconds: float, span: Span, readings: Sequence[Reading]) -> None:
        """Show how far it is; in the log now and then."""
        behind = span.until_seconds - reached_seconds
        metrics.BACKFILL_BEHIND.set(behind)
        metrics.BACKFILL_SERIES.set(self.learned.series_count)
        for state, count in Counter(reading.state for reading in readings).items():
            metrics.BACKFILL_SOURCES.labels(state).set(count)
        if time.monotonic() - self._told_at >= _TOLD_EVERY_SECONDS:
            self._told_at = time.monotonic()
            log.info("learning history", reached=_iso(reached_seconds), behind_seconds=behind, **self._counts())

    def _conclude(self, span: Span, readings: Sequence[Reading]) -> None:
        """Say what was learned, and which source is missing."""
        cut = [reading for reading in readings if reading.state == "cut-short"]
        reached = min((reading.reached_seconds for reading in readings), default=span.until_seconds)
        metrics.BACKFILL_SOURCES.clear()
        self._tell(reached, span, readings)
        for reading in cut:
            missing = span.until_seconds - reading.reached_seconds
            log.error(
                "history cut short: the detector starts without the rest",
                source=reading.source.name,
                missing_seconds=missing,
                because=reading.because,
            )
        if cut and self._settings.backfill_on_trouble == "stop":
            raise Permanent(f"history cannot be read: {cut[0].because}; or set ROLLGUARD_DETECTOR_BACKFILL_ON_TROUBLE=go-on")
        log.info("history learned", **self._counts())

    def _counts(self) -> dict[str, object]:
        return {"series": self.learned.series_count, "points": dict(self._outcomes), "unread": self._unread}


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
