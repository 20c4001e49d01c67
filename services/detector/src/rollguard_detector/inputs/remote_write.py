"""
Prometheus remote write, versions 1 and 2: snappy-compressed protobuf, as Telegraf and gateways put it on Kafka.

The two versions share no field, so that each is empty to a reader of the other, by design; that is how they are told apart where no
header does. What a request would unpack to is read before it is unpacked: a few bytes can announce gigabytes.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import cramjam
from google.protobuf.message import DecodeError

from rollguard_detector.core.identity import Identities
from rollguard_detector.core.kinds import Kinds, NumberKind
from rollguard_detector.core.ports import NOWHERE, DecodedPoints, Origin
from rollguard_detector.inputs.gathering import Gathering
from rollguard_detector.inputs.native_histograms import buckets_of
from rollguard_detector.inputs.prometheus_samples import PrometheusSamples, is_stale
from rollguard_detector.inputs.prompb.remote_pb2 import WriteRequest
from rollguard_detector.inputs.prompb.write_v2_pb2 import Request
from rollguard_schemas.codec import Header, Malformed
from rollguard_schemas.metrics import Temporality

MAX_UNPACKED_BYTES = 8 * 1024 * 1024
_MILLI = 1e3
_NAME = "__name__"
_GAUGE_HINT = 3
_TYPES: dict[int, NumberKind] = {1: "counter", 2: "gauge"}  # the same numbers in both versions


class _Series(NamedTuple):
    labels: dict[str, str]
    message: Any
    kind: NumberKind | None


class RemoteWrite:
    """The codec of ``prometheus.WriteRequest`` and ``io.prometheus.write.v2.Request``."""

    def __init__(self, identities: Identities, kinds: Kinds) -> None:
        self._identities, self._kinds = identities, kinds

    def decode(self, value: bytes | None, headers: Sequence[Header], origin: Origin = NOWHERE) -> DecodedPoints:  # noqa: ARG002  # the port's
        """Read every sample; histograms are put together."""
        gathering = Gathering(self._identities)
        samples = PrometheusSamples(gathering, self._identities, self._kinds)
        for series in _series(_unpacked(value)):
            name = series.labels.pop(_NAME, "")
            for sample in series.message.samples:
                start = getattr(sample, "start_timestamp", 0) / _MILLI
                at_seconds = sample.timestamp / _MILLI
                began = start if 0 < start <= at_seconds else None
                samples.take(name, series.labels, sample.value, at_seconds, kind=series.kind, start_seconds=began)
            for histogram in series.message.histograms:
                self._take_native(gathering, name, series.labels, histogram)
        samples.finish()
        return gathering.done(headers)

    def _take_native(self, gathering: Gathering, name: str, labels: dict[str, str], histogram: Any) -> None:
        if is_stale(histogram.sum):
            gathering.skip("stale")
            return
        buckets = buckets_of(histogram) if histogram.WhichOneof("count") == "count_int" else None
        if buckets is None:
            gathering.skip("buckets-out-of-range" if histogram.WhichOneof("count") == "count_int" else "float-histogram")
            return
        # A gauge histogram is a picture of now, not a total: it is read as it is.
        temporality: Temporality = "delta" if histogram.reset_hint == _GAUGE_HINT else "cumulative"
        start = getattr(histogram, "start_timestamp", 0) / _MILLI
        at_seconds = histogram.timestamp / _MILLI
        began = start if 0 < start <= at_seconds else None
        who = self._identities.of_labels(labels)
        gathering.histogram(who, name, buckets, at_seconds, temporality=temporality, start_seconds=began)


def _unpacked(value: bytes | None) -> bytes:
    if not value:
        raise Malformed("empty-value", "a write request without a value")
    try:
        length = cramjam.snappy.decompress_raw_len(value)
        if length > MAX_UNPACKED_BYTES:
            raise Malformed("not-protobuf", f"the request would unpack to {length} bytes, and {MAX_UNPACKED_BYTES} are allowed")
        return bytes(cramjam.snappy.decompress_raw(value))
    except cramjam.DecompressionError as error:
        raise Malformed("not-protobuf", f"no snappy block: {error}") from error


def _series(unpacked: bytes) -> Iterator[_Series]:
    try:
        first = WriteRequest.FromString(unpacked)
        if first.timeseries or first.metadata:
            return _of_first(first)
        second = Request.FromString(unpacked)
    except DecodeError as error:
        raise Malformed("not-protobuf", f"no write request: {error}") from error
    return _of_second(second)


def _of_first(request: WriteRequest) -> Iterator[_Series]:
    kinds = {one.metric_family_name: _TYPES.get(one.type) for one in request.metadata}
    for series in request.timeseries:
        labels = {label.name: label.value for label in series.labels}
        yield _Series(labels, series, kinds.get(labels.get(_NAME, "")))


def _of_second(request: Request) -> Iterator[_Series]:
    symbols = list(request.symbols)
    for series in request.timeseries:
        refs = list(series.labels_refs)
        if len(refs) % 2 or (refs and max(refs) >= len(symbols)):
            raise Malformed("wrong-shape", "a label refers to a symbol that the request does not hold")
        labels = {symbols[name]: symbols[text] for name, text in zip(refs[::2], refs[1::2], strict=True)}
        yield _Series(labels, series, _TYPES.get(series.metadata.type))
