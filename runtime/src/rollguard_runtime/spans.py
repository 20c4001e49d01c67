"""
Spans: every record that is published becomes one, where a collector is named; otherwise nothing happens.

A span's ids are those that the record bears, which come from causes, so a replay or a retry makes the same span again and no second
story. It begins when the event says that it happened and ends when the broker has it. Exporting is done by a thread that drops
what it cannot send: a collector that is away holds nothing up.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from rollguard_runtime.bus import Sink
from rollguard_schemas.codec import OutgoingRecord

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


class Exporter(Protocol):
    """Where spans go."""

    def published(self, record: OutgoingRecord, now_unix_seconds: float) -> None:
        """Take a record that the broker has; must not wait."""

    def stop(self) -> None:
        """Send what is left, for a few seconds at most."""


class TracedSink:
    """A sink whose records become spans once they are acknowledged."""

    def __init__(self, sink: Sink, exporter: Exporter, *, now: Callable[[], float] = time.time) -> None:
        self._sink, self._exporter, self._now = sink, exporter, now

    async def start(self) -> None:
        """Connect."""
        await self._sink.start()

    async def publish(self, records: Sequence[OutgoingRecord]) -> None:
        """Publish as the sink does."""
        await self._sink.publish(records)
        now = self._now()
        for record in records:
            self._exporter.published(record, now)

    async def stop(self) -> None:
        """Disconnect, and send the last spans."""
        await self._sink.stop()
        self._exporter.stop()


def traced(sink: Sink, *, service: str, endpoint: str, environ: Mapping[str, str]) -> Sink:
    """Return the sink, traced where a collector is named. Raises ``SettingsRefused`` where the packages for it are missing."""
    is_named = endpoint or any(environ.get(name) for name in _ENDPOINTS)
    is_off = environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or environ.get("OTEL_TRACES_EXPORTER") == "none"
    if not is_named or is_off:
        return sink
    from rollguard_runtime.otlp import OtlpExporter  # noqa: PLC0415  # optional, and heavy

    return TracedSink(sink, OtlpExporter(service=service, endpoint=endpoint))
