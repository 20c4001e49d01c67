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


class InputCodec(Protocol):
    """One wire format."""

    def decode(self, value: bytes | None, headers: Sequence[Header]) -> DecodedPoints:
        """Read the points of a record, or raise ``Malformed``."""
