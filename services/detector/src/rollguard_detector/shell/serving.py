"""
The detector at work: policies and rollouts first, then history, then metrics, and the first and the last until told to stop.

The topic of predictions and labels is not read yet: drift and label-free quality are still to come, and until then nothing is said
about them.
"""

import math
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from rollguard_detector.core import loops
from rollguard_detector.core.detector import Detector, Limits
from rollguard_detector.core.history import HistorySource, span_before
from rollguard_detector.core.missing import MissingNumbers
from rollguard_detector.core.models.registry import named
from rollguard_detector.core.ports import PollCodec
from rollguard_detector.core.revision_book import RevisionBook
from rollguard_detector.settings import DetectorSettings
from rollguard_detector.shell import metrics
from rollguard_detector.shell.backfill import Backfill
from rollguard_detector.shell.context import Context
from rollguard_detector.shell.handler import MetricsHandler
from rollguard_detector.shell.memory import allowed_bytes, resident_bytes
from rollguard_detector.shell.state.archive import Archive
from rollguard_detector.shell.state.homes import Homes
from rollguard_detector.shell.state.keeper import StateKeeper
from rollguard_detector.shell.state.process_state import ProcessState
from rollguard_detector.shell.state.restoring import Restoring
from rollguard_detector.shell.state.resumption import Resumption
from rollguard_runtime import logs
from rollguard_runtime.collector import spare_the_collector
from rollguard_runtime.pump import Pump
from rollguard_runtime.service import Process
from rollguard_schemas.topics import METRICS

SERVICE = "detector"
log = logs.get("serving")
GROUP = "rollguard-detector"
LOOP = "metrics"
_SHARE_OF_CONTAINER = 0.9
MAX_RECORDS = 20_000  # a step of the banks costs hardly more for many points than for few


class Reading(NamedTuple):
    """
    How telemetry is read besides its bytes: from which more topics, what a missing number means, who is to hear of rollouts.

    ``digest`` names all of it: what was learned under another one is not gone on with.
    """

    more_topics: tuple[str, ...] = ()
    missing: MissingNumbers | None = None
    book: RevisionBook | None = None
    digest: str = ""


async def serve(
    settings: DetectorSettings,
    process: Process,
    input_codec: PollCodec,
    history: Sequence[HistorySource] = (),
    clock: Callable[[], float] = time.time,
    *,
    reading: Reading = Reading(),  # noqa: B008  # frozen
) -> None:
    """Run the detector on a started process until it is told to stop."""
    _say_whether_compiled()
    detector = Detector(limits_of(settings, resident_bytes()), reading.missing, named(settings.models))
    resumption = Resumption(detector)
    context = Context(process.bus, resumption, process.progress, reading.book)
    backfill = Backfill(detector, process.progress, settings)

    async def learn_then_pump() -> None:
        span = span_before(clock(), rewind_seconds=settings.rewind_seconds, back_seconds=settings.backfill_seconds)
        await backfill.run(history, span, process.stop)
        if process.stop.is_set():
            return  # a group that is joined now would only be left again
        state = ProcessState(detector, context, resumption, Homes(), reading.digest)
        keeper = _keeper(settings, process, state, backfill)
        handler = MetricsHandler(
            detector,
            input_codec,
            learned=backfill.learned,
            standing=backfill.standing,
            homes=state.homes,
            clock=clock,
        )
        topics = list(dict.fromkeys([METRICS.name, *reading.more_topics]))
        pump = _pump(settings, process, topics, handler, keeper, rewind_seconds=clock() - span.until_seconds)
        await pump.run(process.stop)

    await context.catch_up(process.stop)
    spare_the_collector()
    # A history of days takes minutes, and policies change meanwhile.
    await process.run_together(learn_then_pump(), context.run(process.stop))


def _say_whether_compiled() -> None:
    """Tell an operator who wonders about the pace: what is installed without a compiler says the same, several times slower."""
    metrics.COMPILED.set(loops.are_compiled())
    if not loops.are_compiled():
        log.warning("the inner loops are not compiled: points cost several times as much", mend="install with a C compiler")


def limits_of(settings: DetectorSettings, resident: int) -> Limits:
    """Return what settings and memory allow, of which so much is taken: what cannot be held is refused, and ends nobody."""
    limits = Limits(
        max_series=settings.max_series,
        max_series_a_workload=settings.max_series_a_workload,
        max_ahead_seconds=settings.max_ahead_seconds,
    )
    allowed = settings.max_memory_megabytes * 1e6 or _SHARE_OF_CONTAINER * (allowed_bytes() or math.inf)
    fits = Detector().footprint.series_within(allowed - resident) if allowed < math.inf else limits.max_series
    if fits < limits.max_series:
        log.warning("fewer series fit than are allowed", allowed=limits.max_series, fit=fits, memory_bytes=int(allowed))
        limits = msgspec.structs.replace(limits, max_series=fits)
    metrics.SERIES_CEILING.set(limits.max_series)
    return limits


def _pump(
    settings: DetectorSettings,
    process: Process,
    topics: list[str],
    handler: MetricsHandler,
    keeper: StateKeeper,
    *,
    rewind_seconds: float,
) -> Pump:
    """Read the log from where snapshots end; without them from where history ended, by now farther back than the setting says."""
    return Pump(
        name=LOOP,
        service=SERVICE,
        source=process.bus.source(topics, group=GROUP, rewind_seconds=rewind_seconds, holder=keeper),
        sink=process.sink,
        handler=handler,
        progress=process.progress,
        dead_letter_limit=settings.dead_letter_limit,
        max_records=MAX_RECORDS,
        keeper=keeper,
    )


def _keeper(settings: DetectorSettings, process: Process, state: ProcessState, backfill: Backfill) -> StateKeeper:
    archive = Archive(process.bus, process.sink, state)
    restoring = Restoring(
        process.bus,
        archive,
        state,
        learned=backfill.learned,
        standing=backfill.standing,
        wait=lambda: process.progress.wait(LOOP),
    )
    bytes_per_second = settings.snapshot_bytes_per_second
    return StateKeeper(archive, restoring, state, snapshot_seconds=settings.snapshot_seconds, bytes_per_second=bytes_per_second)
