"""
The detector at work: policies and rollouts first, then metrics, both until told to stop.

The topic of predictions and labels is not read yet: drift and label-free quality are still to come, and until then nothing is said
about them.
"""

from rollguard_detector.core.detector import Detector, Limits
from rollguard_detector.core.ports import InputCodec
from rollguard_detector.settings import DetectorSettings
from rollguard_detector.shell.context import Context
from rollguard_detector.shell.handler import MetricsHandler
from rollguard_runtime.pump import Pump
from rollguard_runtime.service import Process
from rollguard_schemas.topics import METRICS

SERVICE = "detector"
GROUP = "rollguard-detector"


async def serve(settings: DetectorSettings, process: Process, input_codec: InputCodec) -> None:
    """Run the detector on a started process until it is told to stop."""
    detector = Detector(Limits(max_series=settings.max_series, max_ahead_seconds=settings.max_ahead_seconds))
    context = Context(process.bus, detector, process.progress)
    pump = Pump(
        name="metrics",
        service=SERVICE,
        source=process.bus.source([METRICS.name], group=GROUP, rewind_seconds=settings.rewind_seconds),
        sink=process.sink,
        handler=MetricsHandler(detector, input_codec),
        progress=process.progress,
        dead_letter_limit=settings.dead_letter_limit,
    )
    await context.catch_up(process.stop)
    await process.run_together(context.run(process.stop), pump.run(process.stop))
