"""
A poll in bulk leads to what its records lead to one by one.
"""

import asyncio

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.worlds import START, point, points, watching
from rollguard_detector.core.detector import Detector, Limits
from rollguard_detector.inputs.by_content_type import ByContentType
from rollguard_detector.inputs.own_json import OwnJson
from rollguard_detector.inputs.own_json_columns import OwnJsonColumns
from rollguard_detector.shell.handler import MetricsHandler
from rollguard_detector.shell.polled import Polled
from rollguard_runtime.bus import Record
from rollguard_schemas import codec
from rollguard_schemas.metrics import MetricBatch
from rollguard_schemas.topics import METRICS

LENGTH = 170


def _log(seed):
    """Return values of a workload: steps, two revisions, a counter, a batch, another series, what is late, and what is no point."""
    rng = np.random.default_rng(seed)
    jump = np.where(np.arange(LENGTH) > 140, 0.4, 0.1)
    log = points(jump * (1 + 0.05 * rng.standard_normal(LENGTH)), metric="queue_depth")
    log += points(0.05 * (1 + 0.05 * rng.standard_normal(LENGTH)) + np.maximum(0, np.arange(LENGTH) - 100) * 0.004, start=0.1)
    log += points(0.05 * (1 + 0.05 * rng.standard_normal(60)), start=110.2, revision="8")
    log += points(np.cumsum(rng.integers(0, 50, LENGTH)).astype(float), start=0.3, metric="requests_total", kind="counter")
    log += points(rng.standard_normal(40), start=100.4, metric="new", labels={"pod": "b"})
    log.sort(key=lambda one: one.time_unix_seconds)
    values = [msgspec.json.encode(one) for one in log]
    for place in rng.integers(0, len(values), 8).tolist():
        values.insert(place, values[max(0, place - 9)])
    values.insert(300, b"{")
    values.insert(
        500, msgspec.json.encode(MetricBatch(points=(point(0.05, at=LENGTH), point(0.06, at=LENGTH, metric="queue_depth"))))
    )
    values.insert(500, msgspec.json.encode(point(0.05, at=1e6)))  # from the future
    return [Record(METRICS.name, 0, offset, int((START + LENGTH) * 1000), b"k", value) for offset, value in enumerate(values)]


async def _led_to(records, cuts, *, in_bulk=True, limits=None):
    handler = MetricsHandler(watching() if limits is None else Detector(limits), ByContentType("own-json"))
    said, refused = [], []
    for first, last in zip([0, *cuts], [*cuts, len(records)], strict=True):
        if in_bulk:
            reading = handler.read_many(records[first:last])
            refused += [records[first + place].offset for place, _ in reading.refused]
            said += await handler.handle(reading.received)
            continue
        for record in records[first:last]:
            try:
                said += await handler.handle([handler.read(record)])
            except codec.Malformed:
                refused.append(record.offset)
    return said, refused


@settings(max_examples=1, deadline=None)
@given(st.integers(0, 50), st.lists(st.integers(1, 500), min_size=3, max_size=6).map(sorted))
def test_a_poll_in_bulk_says_what_its_records_say(seed, cuts):
    records = _log(seed)
    alone = asyncio.run(_led_to(records, [], in_bulk=False))
    assert len(alone[0]) > 2
    assert asyncio.run(_led_to(records, cuts)) == alone


def test_a_poll_in_bulk_that_has_no_room_says_what_its_records_say():
    records, limits = _log(1), Limits(max_series=2)
    assert asyncio.run(_led_to(records, [200, 400], limits=limits)) == asyncio.run(
        _led_to(records, [], in_bulk=False, limits=limits)
    )


def test_most_of_a_poll_is_read_in_bulk_once_its_series_are_known():
    handler = MetricsHandler(watching(), ByContentType("own-json"))
    records = [
        Record(METRICS.name, 0, second, 0, b"k", msgspec.json.encode(point(0.05, at=second, revision=None))) for second in range(20)
    ]
    asyncio.run(handler.handle(handler.read_many(records[:10]).received))
    polled = handler.read_many(records[10:]).received
    assert isinstance(polled, Polled)
    assert not polled.alone
    assert [one.event.points[0].time_unix_seconds for one in polled] == [START + second for second in range(10, 20)]


@pytest.mark.parametrize("most", [1, 3, 100])
def test_a_poll_comes_in_parts_without_a_loss(most):
    handler = MetricsHandler(watching(), ByContentType("own-json"))
    polled = handler.read_many(_log(2)[:30]).received
    parts = list(polled.parts(most))
    assert [record.offset for part in parts for record in part.records] == [record.offset for record in polled.records]
    assert max(len(part) for part in parts) <= most


def test_records_with_the_headers_of_our_producers_are_read_in_bulk_and_others_alone():
    codec_of_topic = ByContentType("own-json")
    plain = codec.encode(METRICS, point(0.05, at=1), source="/a", traceparent=f"00-{'a' * 32}-{'b' * 16}-01")
    codec_of_topic.learn([plain.value])
    strange = [(*plain.headers, ("x", b"1")), (("Content-Type", b"text/plain"),), (("ce_type", b"another"),), ()]
    read = codec_of_topic.decode_many([plain.value] * 5, [plain.headers, *strange], [METRICS.name] * 5)
    assert read.numbers.tolist() == [0, -2, -2, -2, 0]


class _FewNumbers:
    """Own JSON, and numbers that begin anew after so many series."""

    def __init__(self, most):
        self._own, self._columns = OwnJson(), OwnJsonColumns(max_series=most)
        self.decode, self.learn = self._own.decode, self._columns.learn

    @property
    def epoch(self):
        return self._columns.epoch

    def decode_many(self, values, headers, topics):
        return self._columns.decode_many(values)


def _kept(records, cuts, input_codec):
    """Return what a detector knows of the workload of points after so many polls."""
    detector = Detector()
    handler = MetricsHandler(detector, input_codec)
    for first, last in zip([0, *cuts], [*cuts, len(records)], strict=True):
        asyncio.run(handler.handle(handler.read_many(records[first:last]).received))
    return msgspec.msgpack.encode(detector.keep(point(0.0, at=0).workload))


def test_numbers_that_begin_anew_within_a_poll_are_nobody_elses():
    known, new = range(500), range(500, 1_501)
    came = [(0, series) for series in known] + [(1, series) for series in (*new, *known)]
    values = [msgspec.json.encode(point(float(n), at=turn, metric=f"m{n:04d}", revision=None)) for turn, n in came]
    records = [Record(METRICS.name, 0, offset, int((START + 9) * 1000), b"k", value) for offset, value in enumerate(values)]
    assert _kept(records, [500], _FewNumbers(1_000)) == _kept(records, [500], ByContentType("own-json"))
