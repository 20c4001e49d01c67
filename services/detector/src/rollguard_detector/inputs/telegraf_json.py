"""
What Telegraf's ``json`` and ``cloudevents`` serialisers write: one metric or a batch, bare or as CloudEvents, one or an array.
"""

from collections.abc import Iterator, Sequence

import msgspec

from rollguard_detector.core.identity import Identities
from rollguard_detector.core.kinds import Kinds
from rollguard_detector.core.ports import NOWHERE, DecodedPoints, Origin
from rollguard_detector.inputs import instants, telegraf_fields
from rollguard_detector.inputs.gathering import Gathering
from rollguard_detector.inputs.json_bytes import JsonReader
from rollguard_detector.inputs.prometheus_samples import PrometheusSamples
from rollguard_detector.inputs.telegraf_fields import Field, Metric
from rollguard_schemas.codec import Header, Malformed


class _Message(msgspec.Struct):
    """A metric, a batch, or an event around either: whichever members are there."""

    name: str | None = None
    timestamp: float | str | None = None
    fields: dict[str, Field] | None = None
    tags: dict[str, str] = {}
    metrics: list[Metric] | None = None
    specversion: str | None = None
    data: Metric | list[Metric] | None = None


class TelegrafJson:
    """The codec of Telegraf's JSON."""

    def __init__(self, identities: Identities, kinds: Kinds) -> None:
        self._identities, self._kinds = identities, kinds
        self._reader = JsonReader(_Message | list[_Message])

    def decode(self, value: bytes | None, headers: Sequence[Header], origin: Origin = NOWHERE) -> DecodedPoints:  # noqa: ARG002  # the port's
        """Read every field that is a number."""
        read: _Message | list[_Message] = self._reader.read(value)
        gathering = Gathering(self._identities)
        samples = PrometheusSamples(gathering, self._identities, self._kinds)
        for message in read if isinstance(read, list) else [read]:
            for metric in _metrics(message):
                telegraf_fields.take(samples, gathering, metric, _at_seconds(metric.timestamp))
        samples.finish()
        return gathering.done(headers)


def _metrics(message: _Message) -> Iterator[Metric]:
    if message.metrics is not None:
        yield from message.metrics
    elif message.specversion is not None and message.data is not None:
        yield from message.data if isinstance(message.data, list) else [message.data]
    elif message.name is not None and message.timestamp is not None and message.fields is not None:
        yield Metric(message.name, message.timestamp, message.fields, message.tags)
    else:
        raise Malformed("wrong-shape", "neither a metric (`name`, `timestamp`, `fields`), nor `metrics`, nor an event with `data`")


def _at_seconds(timestamp: float | str) -> float:
    return instants.of_text(timestamp) if isinstance(timestamp, str) else instants.of_number(timestamp)
