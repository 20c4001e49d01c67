"""
Influx line protocol: what Telegraf writes to Kafka by default, one metric a line.
"""

from collections.abc import Sequence

from rollguard_detector.core.identity import Identities
from rollguard_detector.core.kinds import Kinds
from rollguard_detector.core.ports import NOWHERE, DecodedPoints, Origin
from rollguard_detector.inputs import telegraf_fields
from rollguard_detector.inputs.gathering import Gathering
from rollguard_detector.inputs.influx_syntax import lines_of
from rollguard_detector.inputs.prometheus_samples import PrometheusSamples
from rollguard_schemas.codec import Header, Malformed

_NANO = 1e9


class InfluxLine:
    """The codec of line protocol with times in nanoseconds."""

    def __init__(self, identities: Identities, kinds: Kinds) -> None:
        self._identities, self._kinds = identities, kinds

    def decode(self, value: bytes | None, headers: Sequence[Header], origin: Origin = NOWHERE) -> DecodedPoints:
        """Read every field that is a number; a line without a time has its record's."""
        if not value:
            raise Malformed("empty-value", "a record without a line")
        try:
            text = value.decode()
        except UnicodeDecodeError as error:
            raise Malformed("wrong-shape", f"line protocol is UTF-8, and this is not: {error}") from error
        gathering = Gathering(self._identities)
        samples = PrometheusSamples(gathering, self._identities, self._kinds)
        for line in lines_of(text):
            at_seconds = origin.appended_at_seconds if line.time is None else line.time / _NANO
            if line.time is None and not at_seconds:
                gathering.skip("no-time", len(line.fields))
            else:
                metric = telegraf_fields.Metric(line.measurement, at_seconds, dict(line.fields), line.tags)
                telegraf_fields.take(samples, gathering, metric, at_seconds)
        samples.finish()
        return gathering.done(headers)
