"""
Influx line protocol: what Telegraf writes to Kafka by default, one metric a line.

The lines are read by line-protocol-parser. Where a line ends is found here, since a quoted string may hold line breaks; every byte
is looked at once, whatever the bytes are.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from line_protocol_parser import LineFormatError, parse_line

from rollguard_detector.core.identity import Identities
from rollguard_detector.core.kinds import Kinds
from rollguard_detector.core.ports import NOWHERE, DecodedPoints, Origin
from rollguard_detector.inputs import telegraf_fields
from rollguard_detector.inputs.gathering import Gathering
from rollguard_detector.inputs.prometheus_samples import PrometheusSamples
from rollguard_schemas.codec import Header, Malformed

_NANO = 1e9
# A comment, or the key up to the first bare blank and then the fields, in which a string begins after "=". No backtracking.
_LINE = re.compile(rb'[ \t]*+#[^\n]*+|(?:\\[^\n]|[^\\ \n])*+(?: (?:="(?:\\.|[^"\\])*+"|="?+|[^="\n])*+)?+', re.DOTALL)


class InfluxLine:
    """The codec of line protocol with times in nanoseconds."""

    def __init__(self, identities: Identities, kinds: Kinds) -> None:
        self._identities, self._kinds = identities, kinds

    def decode(self, value: bytes | None, headers: Sequence[Header], origin: Origin = NOWHERE) -> DecodedPoints:
        """Read every field that is a number; a line without a time has its record's."""
        if not value:
            raise Malformed("empty-value", "a record without a line")
        gathering = Gathering(self._identities)
        samples = PrometheusSamples(gathering, self._identities, self._kinds)
        for line in _lines(value):
            point = _parsed(line)
            if point is None:
                continue
            nanos: int | None = point["time"]
            at_seconds = origin.appended_at_seconds if nanos is None else nanos / _NANO
            if nanos is None and not at_seconds:
                gathering.skip("no-time", len(point["fields"]))
            else:
                metric = telegraf_fields.Metric(point["measurement"], at_seconds, point["fields"], point["tags"])
                telegraf_fields.take(samples, gathering, metric, at_seconds)
        samples.finish()
        return gathering.done(headers)


def _lines(value: bytes) -> Iterator[bytes]:
    place = 0
    while place < len(value):
        match = _LINE.match(value, place)
        end = match.end() if match else place
        if end < len(value) and value[end : end + 1] != b"\n":
            raise Malformed("wrong-shape", f"no line protocol from byte {place} on: {value[place : place + 40]!r}")
        line = value[place:end].strip()
        if line:
            yield line
        place = end + 1


def _parsed(line: bytes) -> dict[str, Any] | None:
    """Return measurement, tags, fields and time; None for a comment."""
    try:
        point: dict[str, Any] | None = parse_line(line)
    except (LineFormatError, ValueError, OverflowError) as error:
        raise Malformed("wrong-shape", f"no line protocol: {error}: {line[:40]!r}") from error
    return point
