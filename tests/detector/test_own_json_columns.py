"""
Own JSON in bulk says what the codec says one by one, or leaves it to the codec.
"""

import json
from decimal import Decimal

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
from support.roads import road

__all__ = ["road"]  # every test here is run on both

LABELS = st.sampled_from([{}, {"x": "1"}, {"x": "1", "y": "2"}, {"value": "1"}, {"x": "a,b"}, {"x": "}"}, {"x": 'a"b'}])
GAUGE = st.builds(
    lambda value, at, metric, labels, revision: point(value, at=at, metric=metric, labels=labels, revision=revision),
    st.floats(-1e9, 1e9) | st.integers(-5, 5).map(float),
    st.floats(0, 1e6),
    st.sampled_from(["a", "b"]),
    LABELS,
    st.sampled_from([None, "7"]),
)
PIECES = [
    b'"value":',
    b'"time_unix_seconds":',
    b'"value":1,',
    b"0",
    b"-",
    b"1e5",
    b".",
    b",",
    b"}",
    b"{",
    b'"',
    b"\\",
    b" ",
    b"null",
]
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


@st.composite
def _mutated(draw, written):
    """Return a value with bytes of it taken away, put in, or put in place of others."""
    value = bytearray(draw(written))
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(value)))
        value[begin : begin + draw(st.integers(0, 3))] = draw(st.binary(max_size=3) | st.sampled_from(PIECES))
    return bytes(value)


def _refused_nowhere(value):
    try:
        return OwnJson().decode(value, ()).points
    except Malformed:
        return ()


def _identity(one):
    return one.workload, one.metric, one.revision, tuple(sorted(one.labels.items()))


WRITTEN = st.one_of(GAUGE.map(msgspec.json.encode), GAUGE.map(_bare))
VALUES = st.lists(
    st.one_of(WRITTEN, WRITTEN.flatmap(_broken), _mutated(WRITTEN), OTHER.map(msgspec.json.encode), st.binary(max_size=20)),
    min_size=1,
    max_size=30,
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


# What JSON lets be a number, from what repr writes to halves between two doubles, told in more digits than are needed.
NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(1e-3, 1e6).map(repr),
    st.integers(-(10**25), 10**25).map(str),
    st.from_regex(r"-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,24})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.floats(1e-8, 1e18).map(lambda low: f"{(Decimal(low) + Decimal(np.nextafter(low, np.inf))) / 2:f}"[:50]),
)
NEARLY_NUMBERS = st.from_regex(
    r"[-+]?[0-9]{0,3}\.?[0-9]{0,3}([eE][+-]?[0-9]{0,2})?|null|true|NaN|-?Infinity|\"1\"|\[1\]", fullmatch=True
)


def _saying(number, at="7"):
    return f'{{"type":"metric-point","metric":"m","workload":"a/b","time_unix_seconds":{at},"value":{number}}}'.encode()


@settings(max_examples=400)
@given(NUMBERS | NEARLY_NUMBERS, st.sampled_from(["value", "time"]))
def test_a_number_is_the_very_double_that_the_codec_reads(number, place):
    bulk = OwnJsonColumns()
    assert bulk.learn([_saying("1")]) == [0]
    value = _saying(number) if place == "value" else _saying("1", at=number)
    columns = bulk.decode_many([value])
    if columns.numbers[0] != NO_NUMBER:
        (one,) = _refused_nowhere(value)
        assert (repr(one.value), repr(one.time_unix_seconds)) == (
            repr(float(columns.values[0])),
            repr(float(columns.at_seconds[0])),
        )


@given(st.floats(-1e15, 1e15) | st.floats(0.0, 1.0))
def test_a_measurement_is_read_in_bulk_however_many_digits_it_has(number):
    bulk = OwnJsonColumns()
    bulk.learn([_saying("1")])
    columns = bulk.decode_many([_saying(repr(number))])
    assert (columns.numbers.tolist(), columns.values.tolist()) == ([0], [number])


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_a_producer_may_put_spaces_before_its_numbers(separators):
    bulk = OwnJsonColumns()
    values = [json.dumps(json.loads(_saying(repr(number))), separators=separators).encode() for number in (1.5, 2.25)]
    bulk.learn(values[:1])
    assert bulk.decode_many(values).values.tolist() == [1.5, 2.25]


def test_many_forms_keep_their_numbers_while_their_table_grows():
    bulk = OwnJsonColumns()
    values = [msgspec.json.encode(point(1.0, metric=f"m{number}")) for number in range(3_000)]
    assert bulk.learn(values[:1_500]) + bulk.learn(values[1_500:]) == list(range(3_000))
    assert bulk.learn(values) == bulk.decode_many(values).numbers.tolist() == list(range(3_000))


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
