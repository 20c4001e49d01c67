"""
Spans to a collector, by OTLP over HTTP, with OpenTelemetry's own packages (the extra ``rollguard-runtime[tracing]``).

Those make random ids where they make spans; here a span is put together from a record, and only batched and sent by them.
"""

from datetime import datetime
from importlib.metadata import version
from threading import Timer
from typing import Any

from rollguard_runtime.errors import SettingsRefused
from rollguard_runtime.tracing import VENDOR, is_valid
from rollguard_schemas.codec import TYPE_PREFIX, TYPE_SUFFIX, OutgoingRecord
from rollguard_schemas.topics import BY_NAME

try:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags
except ImportError as error:
    raise SettingsRefused("traces need more packages: pip install 'rollguard-runtime[tracing]', or name no collector") from error

_PATH = "/v1/traces"
_TIMEOUT_SECONDS = 5.0
_STOP_SECONDS = 2.0
_NANOSECONDS = 1_000_000_000
_FAILURES = frozenset({"failed", "unverified"})


class OtlpExporter:
    """Sends to one collector; with an empty ``endpoint`` the standard variables say which."""

    def __init__(self, *, service: str, endpoint: str) -> None:
        where = endpoint.rstrip("/") + _PATH if endpoint else None
        name = f"rollguard-{service}"
        self._resource = Resource.create({"service.name": name, "service.version": version("rollguard-runtime")})
        self._exporter = OTLPSpanExporter(endpoint=where, timeout=_TIMEOUT_SECONDS)
        self._processor = BatchSpanProcessor(self._exporter)

    def published(self, record: OutgoingRecord, now_unix_seconds: float) -> None:
        """Make the record's span; one that is no event, or not part of a trace that is kept, has none."""
        if record.topic not in BY_NAME:
            return
        texts = {name: content.decode(errors="replace") for name, content in record.headers}
        if is_valid(texts.get("traceparent", "")) and "ce_type" in texts:
            self._processor.on_end(self._span(record.topic, texts, now_unix_seconds))

    def stop(self) -> None:
        """Send what is left; a collector that does not answer is not waited for."""
        limit = Timer(_STOP_SECONDS, self._exporter.shutdown)
        limit.daemon = True
        limit.start()
        self._processor.shutdown()  # type: ignore[no-untyped-call]  # the library has it so
        limit.cancel()

    def _span(self, topic: str, texts: dict[str, str], now_unix_seconds: float) -> ReadableSpan:
        context = _context(texts["traceparent"])
        kind = texts["ce_type"].removeprefix(TYPE_PREFIX).removesuffix(TYPE_SUFFIX)
        ended = round(now_unix_seconds * _NANOSECONDS)
        return ReadableSpan(
            name=kind,
            context=context,
            parent=_parent(context, texts.get("tracestate", "")),
            resource=self._resource,
            kind=SpanKind.PRODUCER,
            attributes=_attributes(topic, texts, kind),
            status=Status(StatusCode.ERROR if kind in _FAILURES else StatusCode.UNSET),
            start_time=min(ended, _began(texts.get("ce_time"), ended)),
            end_time=ended,
        )


def _context(traceparent: str) -> SpanContext:
    _, trace, span, flags = traceparent.split("-")
    return SpanContext(int(trace, 16), int(span, 16), is_remote=False, trace_flags=TraceFlags(int(flags, 16)))


def _parent(context: SpanContext, tracestate: str) -> SpanContext | None:
    vendor, _, span = tracestate.partition("=")
    if vendor != VENDOR:
        return None
    return SpanContext(context.trace_id, int(span, 16), is_remote=True, trace_flags=context.trace_flags)


def _attributes(topic: str, texts: dict[str, str], kind: str) -> dict[str, Any]:
    return {
        "messaging.system": "kafka",
        "messaging.operation.type": "send",
        "messaging.destination.name": topic,
        "cloudevents.event_id": texts.get("ce_id", ""),
        "cloudevents.event_type": texts["ce_type"],
        "rollguard.event": kind,
        "rollguard.workload": texts.get("ce_subject", ""),
    }


def _began(ce_time: str | None, otherwise: int) -> int:
    if ce_time is None:
        return otherwise
    return round(datetime.fromisoformat(ce_time).timestamp() * _NANOSECONDS)
