"""
Own JSON in bulk says what the codec says one by one.
"""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.worlds import START, point
from rollguard_detector.inputs.own_json import OwnJson
from rollguard_detector.inputs.own_json_columns import OwnJsonColumns
from rollguard_schemas.codec import Malformed
from rollguard_schemas.metrics import MetricBatch

PLAIN = st.builds(
    lambda value, at, metric, kind, labels, revision: point(
        value, at=at, metric=metric, kind=kind, labels=labels, revision=revision
    ),
    st.floats(-1e9, 1e9),
    st.floats(0, 1e6),
    st.sampled_from(["a", "b"]),
    st.sampled_from(["gauge", "counter"]),
    st.sampled_from([{}, {"x": "1"}, {"x": "1", "y": "2"}]),
    st.sampled_from([None, "7"]),
)
OTHER = st.sampled_from(
    [
        point(None, kind="ratio", numerator=1.0, denominator=2.0),
        point(None, kind="histogram", bounds=(0.1,), counts=(1, 2)),
        point(1.0, kind="counter", temporality="delta"),
        point(1.0, kind="counter", start_unix_seconds=START),
        MetricBatch(points=(point(1.0), point(2.0, at=1))),
    ]
)
WRONG = st.sampled_from(
    [None, b"", b"{", b"null", b'{"type":"metric-point"}', msgspec.json.encode(point(1.0)).replace(b"shop/", b"/")]
)
VALUES = st.lists(
    st.one_of(PLAIN.map(msgspec.json.encode), OTHER.map(msgspec.json.encode), WRONG, st.binary(max_size=20)), max_size=20
)


def _one_by_one(values):
    for place, value in enumerate(values):
        try:
            for one in OwnJson().decode(value, ()).points:
                yield place, one
        except Malformed as error:
            yield place, error.reason


def _in_bulk(columns, series):
    rows = zip(columns.record, columns.series, columns.time_unix_seconds, columns.value, strict=True)
    for place, number, at, value in rows:
        yield int(place), msgspec.structs.replace(series[number], time_unix_seconds=float(at), value=float(value))
    yield from columns.others
    yield from ((place, error.reason) for place, error in columns.malformed)


@settings(max_examples=200, deadline=None)
@given(st.lists(VALUES, max_size=3))
def test_columns_say_what_the_codec_says(polls):
    bulk = OwnJsonColumns()
    for values in polls:
        read = sorted(_in_bulk(bulk.decode_many(values), bulk.series), key=lambda one: one[0])
        assert read == list(_one_by_one(values))


def test_a_series_keeps_its_number_from_poll_to_poll():
    bulk = OwnJsonColumns()
    first = bulk.decode_many([msgspec.json.encode(point(1.0)), msgspec.json.encode(point(1.0, metric="other"))])
    again = bulk.decode_many([msgspec.json.encode(point(2.0, metric="other", at=1))])
    assert (list(first.series), list(again.series)) == ([0, 1], [1])


def test_beyond_the_ceiling_points_are_handed_on_whole():
    bulk = OwnJsonColumns(max_series=1)
    columns = bulk.decode_many([msgspec.json.encode(point(1.0)), msgspec.json.encode(point(1.0, metric="other"))])
    assert (list(columns.series), [one.metric for _, one in columns.others]) == ([0], ["other"])


def test_points_stay_in_the_order_of_the_poll():
    bulk = OwnJsonColumns()
    values = [msgspec.json.encode(point(float(index), at=index, metric=f"m{index % 3}")) for index in range(9)]
    bulk.decode_many(values[:4])
    assert list(bulk.decode_many(values).value) == [float(index) for index in range(9)]
