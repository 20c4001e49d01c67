"""
rollguard's own points and batches as MessagePack: what JSON says, in fewer bytes and without text.
"""

from collections.abc import Sequence

import msgspec

from rollguard_detector.core.ports import NOWHERE, DecodedPoints, Origin
from rollguard_detector.inputs.gathering import traceparent_of
from rollguard_schemas.codec import Header, Malformed, MalformedReason
from rollguard_schemas.metrics import MetricBatch, MetricPoint

_DECODER = msgspec.msgpack.Decoder(MetricPoint | MetricBatch)


class OwnMsgpack:
    """The codec of the schemas in MessagePack."""

    def decode(self, value: bytes | None, headers: Sequence[Header], origin: Origin = NOWHERE) -> DecodedPoints:  # noqa: ARG002  # the port's
        """Read a point or a batch."""
        if not value:
            raise Malformed("empty-value", "a record without a value")
        try:
            read = _DECODER.decode(value)
        except msgspec.ValidationError as error:
            reason: MalformedReason = "unknown-type" if "`$.type`" in str(error) else "wrong-shape"
            raise Malformed(reason, str(error)) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Malformed("not-msgpack", str(error)) from error
        points = (read,) if isinstance(read, MetricPoint) else read.points
        return DecodedPoints(points, {}, traceparent_of(headers))
