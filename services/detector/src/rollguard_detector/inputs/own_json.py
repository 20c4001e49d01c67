"""
rollguard's own JSON: ``MetricPoint`` and ``MetricBatch``, as CloudEvents in binary or structured mode, or bare.
"""

from collections.abc import Sequence

from rollguard_detector.core.ports import NOWHERE, DecodedPoints, Origin
from rollguard_schemas import codec
from rollguard_schemas.codec import Header
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.topics import METRICS


class OwnJson:
    """The codec of the schemas."""

    def decode(self, value: bytes | None, headers: Sequence[Header], origin: Origin = NOWHERE) -> DecodedPoints:  # noqa: ARG002  # the port's
        """Read a point or a batch."""
        decoded = codec.decode(METRICS, value, headers)
        points = (decoded.event,) if isinstance(decoded.event, MetricPoint) else decoded.event.points
        return DecodedPoints(points, {}, decoded.traceparent)
