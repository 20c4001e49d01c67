"""
The port of an input format: bytes in, metric points out.

A codec never guesses: what belongs to no workload or says nothing is left out and counted by reason. It raises ``Malformed`` when
the bytes as a whole are not its format, and nothing else, so that a wrong producer costs a dead letter and not a partition.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec

from rollguard_detector.core.banks.bank import Floats, Rows
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


NO_NUMBER, ALONE = -1, -2


class Columns(NamedTuple):
    """
    Values of one gauge each, as arrays of one length: the number of its series, when, and what.

    The number is NO_NUMBER for one that may get one once it was read alone, ALONE for what is always read alone.
    """

    numbers: Rows
    at_seconds: Floats
    values: Floats


class PollCodec(InputCodec, Protocol):
    """A codec that reads what it can of a poll in bulk, and says the same of it as ``decode`` would."""

    @property
    def epoch(self) -> int:
        """What grows when numbers begin anew."""

    def decode_many(self, values: Sequence[bytes | None], headers: Sequence[Sequence[Header]], topics: Sequence[str]) -> Columns:
        """Read the records of a poll; raises nothing."""

    def learn(self, values: Sequence[bytes]) -> list[int | None]:
        """Return the numbers of gauges that ``decode`` read; None for one that is to be read alone for ever."""
