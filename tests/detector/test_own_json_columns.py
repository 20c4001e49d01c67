"""
Own JSON in bulk says what the codec says one by one, or leaves it to the codec.
"""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.worlds import START, point
from rollguard_detector.core.ports import NO_NUMBER
from rollguard_detector.inputs.form_numbers import FormNumbers
from rollguard_detector.inputs.own_json import OwnJson
from rollguard_detector.inputs.own_json_columns import OwnJsonColumns
from rollguard_schemas.codec import Malformed
from rollguard_schemas.metrics import MetricBatch

LABELS = st.sampled_from([{}, {"x": "1"}, {"x": "1", "y": "2"}, {"value": "1"}, {"x": "a,b"}, {"x": "}"}, {"x": 'a"b'}])
GAUGE = st.builds(
    lambda value, at, metric, labels, revision: point(value, at=at, metric=metric, labels=labels, revision=revision),
    st.floats(-1e9, 1e9) | st.integers(-5, 5).map(float),
    st.floats(0, 1e6),
    st.sampled_from(["a", "b"]),
    LABELS,
    st.sampled_from([None, "7"]),
)
OTHER = st.sampled_from(
    [
        point(None, kind="ratio", numerator=1.0, denominator=2.0),
        point(None, kind="histogram", bounds=(0.1,), counts=(1, 2)),
        point(1.0, kind="counter"),
        point(1.0, kind="counter", start_unix_seconds=START),
        MetricBatch(points=(point(1.0), point(2.0, at=1))),
    ]
)


def _bare(one):
    """Write a point as a producer would that leaves defaults out, in an order of its own."""
    written = msgspec.to_builtins(one)
    kept = {name: written[name] for name in ("type", "metric", "value", "workload", "labels", "time_unix_seconds")}
    return msgspec.json.encode(kept | ({"revision": one.revision} if one.revision else {}))


def _broken(value):
    """Return values that are nearly a message of a known form."""
    return st.sampled_from(
        [
            value.replace(b'"value":', b'"value":n'),
            value.replace(b'"value":', b'"value":0'),
            value.replace(b'"value":', b'"value":1],[2'),
            value.replace(b'"value":', b'"value":{"a":'),
            value.replace(b'"time_unix_seconds":', b'"time_unix_seconds":-'),
            value.replace(b'"time_unix_seconds":', b'"time_unix_seconds":9e99'),
            value.replace(b'"time_unix_seconds":', b'"time_unix_seconds":"') + b'"',
            value + b" ",
            value[:-1],
            value + value,
            b"\x00" + value,
            value + b"\x00",
        ]
    )


def _refused_nowhere(value):
    try:
        return OwnJson().decode(value, ()).points
    except Malformed:
        return ()


def _identity(one):
    return one.workload, one.metric, one.revision, tuple(sorted(one.labels.items()))


WRITTEN = st.one_of(GAUGE.map(msgspec.json.encode), GAUGE.map(_bare))
VALUES = st.lists(
    st.one_of(WRITTEN, WRITTEN.flatmap(_broken), OTHER.map(msgspec.json.encode), st.binary(max_size=20)), min_size=1, max_size=30
)


@settings(max_examples=100, deadline=None)
@given(st.lists(WRITTEN, max_size=30), VALUES)
def test_what_is_read_in_bulk_is_what_the_codec_reads(taught, values):
    bulk = OwnJsonColumns()
    named = {number: _identity(_refused_nowhere(value)[0]) for number, value in zip(bulk.learn(taught), taught, strict=True)}
    columns = bulk.decode_many(values)
    for value, number, at, told in zip(values, *(column.tolist() for column in columns), strict=True):
        if number != NO_NUMBER:
            (one,) = _refused_nowhere(value)
            assert (_identity(one), one.kind, one.time_unix_seconds, one.value) == (named[number], "gauge", at, told)


@given(st.lists(WRITTEN, min_size=1, max_size=20))
def test_a_message_of_a_known_form_is_read_in_bulk_and_keeps_its_number(values):
    bulk = OwnJsonColumns()
    learned = bulk.learn(values)
    read = bulk.decode_many(values).numbers.tolist()
    assert [number for number in read if number != NO_NUMBER] == [
        number for number in learned if number is not None
    ] or NO_NUMBER in read
    assert all(number in (NO_NUMBER, known) for number, known in zip(read, learned, strict=True))


def test_plain_gauges_are_read_in_bulk():
    bulk = OwnJsonColumns()
    values = [msgspec.json.encode(point(float(index), at=index, metric=f"m{index % 3}")) for index in range(9)]
    bulk.learn(values[:3])
    columns = bulk.decode_many(values)
    assert columns.numbers.tolist() == [0, 1, 2] * 3
    assert columns.values.tolist() == [float(index) for index in range(9)]


@pytest.mark.parametrize("labels", [{"value": "1"}, {"time_unix_seconds": "1"}, {"x": 'a"b'}, {"x": "y" * 600}])
def test_a_message_whose_bytes_do_not_tell_where_its_numbers_stand_is_left_to_the_codec(labels):
    bulk = OwnJsonColumns()
    assert bulk.learn([msgspec.json.encode(point(1.0, labels=labels))]) == [None]


def test_series_beyond_the_ceiling_get_numbers_anew_at_the_next_poll():
    bulk = OwnJsonColumns(max_series=2)
    values = [msgspec.json.encode(point(1.0, metric=metric)) for metric in "abc"]
    assert bulk.learn(values[:2]) == [0, 1]
    assert bulk.learn(values[2:]) == [None]
    assert (bulk.decode_many(values).numbers.tolist(), bulk.epoch) == ([NO_NUMBER] * 3, 1)
    assert bulk.learn(values[2:]) == [0]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 7)), max_size=60))
def test_a_pair_of_hashes_has_one_number(pairs):
    table = FormNumbers()
    numbers = {pair: table.add(pair[0] << 62, pair[1]) for pair in pairs}
    assert sorted(set(numbers.values())) == list(range(len(set(pairs))))
    columns = np.array([[low << 62, high] for low, high in numbers], np.uint64).reshape(-1, 2)
    assert table.find(columns[:, 0], columns[:, 1]).tolist() == list(numbers.values())
