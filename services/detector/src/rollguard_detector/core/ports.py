"""
The port of an input format: bytes in, metric points out.

A codec never guesses: what belongs to no workload or says nothing is left out and counted by reason. It raises ``Malformed`` when
the bytes as a whole are not its format, and nothing else, so that a wrong producer costs a dead letter and not a partition.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from rollguard_schemas.codec import Header
from rollguard_schemas.metrics import MetricPoint


class DecodedPoints(msgspec.Struct, frozen=True):
    """The points of one record, what was left out by reason, and the trace that they belong to."""

    points: tuple[MetricPoint, ...]
    skipped: Mapping[str, int] = {}
    traceparent: str | None = None


class Origin(msgspec.Struct, frozen=True):
    """Where a record lies, and when it was appended, in Unix seconds; 0 where the broker told none."""

    topic: str = ""
    appended_at_seconds: float = 0.0


NOWHERE = Origin()


class InputCodec(Protocol):
    """One wire format."""

    def decode(self, value: bytes | None, headers: Sequence[Header], origin: Origin = NOWHERE) -> DecodedPoints:
        """Read the points of a record, or raise ``Malformed``; one without a time of its own has that of its record."""
