"""
CloudEvents in structured mode, one or a batch: whose they are is what their ``type`` says, and nothing else.

Binary mode needs no codec of its own: there the value is the event's data, in the format that its content type names.
"""

from collections import Counter
from collections.abc import Sequence

import msgspec

from rollguard_detector.core.ports import NOWHERE, DecodedPoints, InputCodec, Origin
from rollguard_detector.inputs.json_bytes import JsonReader
from rollguard_schemas.codec import STRUCTURED_CONTENT_TYPE, TYPE_PREFIX, Header, Malformed
from rollguard_schemas.metrics import MetricPoint

_TELEGRAF_PREFIX = "com.influxdata.telegraf."
_AS_ONE = (("content-type", STRUCTURED_CONTENT_TYPE.encode()),)


class _Typed(msgspec.Struct):
    type: str


class CloudEvents:
    """The codec of structured events and of arrays of them."""

    def __init__(self, own: InputCodec, telegraf: InputCodec) -> None:
        self._by_prefix = {TYPE_PREFIX: own, _TELEGRAF_PREFIX: telegraf}
        self._reader, self._parts = JsonReader(_Typed | list[_Typed]), JsonReader(list[msgspec.Raw])

    def decode(self, value: bytes | None, headers: Sequence[Header], origin: Origin = NOWHERE) -> DecodedPoints:
        """Read an event, or each event of a batch."""
        read: _Typed | list[_Typed] = self._reader.read(value)
        headers = [*(header for header in headers if header[0].lower() != "content-type"), *_AS_ONE]
        if not isinstance(read, list):
            return self._codec(read).decode(value, headers, origin)
        points: list[MetricPoint] = []
        skipped: Counter[str] = Counter()
        traceparent = None
        for event, part in zip(read, self._parts.read(value), strict=True):
            decoded = self._codec(event).decode(bytes(part), headers, origin)
            points += decoded.points
            skipped.update(decoded.skipped)
            traceparent = traceparent or decoded.traceparent
        return DecodedPoints(tuple(points), skipped, traceparent)

    def _codec(self, event: _Typed) -> InputCodec:
        for prefix, codec in self._by_prefix.items():
            if event.type.startswith(prefix):
                return codec
        raise Malformed("unknown-type", f"no format here has events of type {event.type[:80]!r}")
