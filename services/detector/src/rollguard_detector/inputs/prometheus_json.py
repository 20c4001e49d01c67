"""
What prometheus-kafka-adapter writes: one sample a message, as JSON, its value a string and its time in whole seconds.

With one sample a message a histogram comes in pieces, which are counted and not read: send remote write or OTLP for those.
"""

from collections.abc import Sequence

import msgspec

from rollguard_detector.core.identity import Identities
from rollguard_detector.core.kinds import Kinds
from rollguard_detector.core.ports import NOWHERE, DecodedPoints, Origin
from rollguard_detector.inputs import instants
from rollguard_detector.inputs.gathering import Gathering
from rollguard_detector.inputs.json_bytes import JsonReader
from rollguard_detector.inputs.prometheus_samples import PrometheusSamples
from rollguard_schemas.codec import Header, Malformed


class _Sample(msgspec.Struct):
    timestamp: str
    value: str
    name: str
    labels: dict[str, str]


class PrometheusJson:
    """The codec of the adapter's JSON."""

    def __init__(self, identities: Identities, kinds: Kinds) -> None:
        self._identities, self._kinds = identities, kinds
        self._reader = JsonReader(_Sample)

    def decode(self, value: bytes | None, headers: Sequence[Header], origin: Origin = NOWHERE) -> DecodedPoints:  # noqa: ARG002  # the port's
        """Read the sample."""
        sample: _Sample = self._reader.read(value)
        gathering = Gathering(self._identities)
        samples = PrometheusSamples(gathering, self._identities, self._kinds)
        sample.labels.pop("__name__", None)
        samples.take(sample.name, sample.labels, _value(sample.value), instants.of_text(sample.timestamp))
        samples.finish()
        return gathering.done(headers)


def _value(text: str) -> float:
    """Read a number as Go writes it: ``NaN`` and ``+Inf`` among them."""
    try:
        return float(text)
    except ValueError as error:
        raise Malformed("wrong-shape", f"value {text[:40]!r} is no number") from error
