"""
Telegraf's metrics as JSON and as influx line protocol.
"""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.wire import TELEGRAF, line
from detector.worlds import START
from rollguard_detector.core.identity import Identities
from rollguard_detector.core.kinds import Kinds
from rollguard_detector.core.ports import Origin
from rollguard_detector.inputs.influx_line import InfluxLine
from rollguard_detector.inputs.telegraf_json import TelegrafJson
from rollguard_schemas.codec import Malformed


def _json(document):
    return TelegrafJson(Identities(), Kinds()).decode(json.dumps(document).encode(), ())


def _influx(value, origin=Origin()):  # noqa: B008  # frozen
    return InfluxLine(Identities(), Kinds()).decode(value, (), origin)


FIELDS = {"value": 1.0, "counter": 2, "count": 3, "idle": 4.5, "up": True, "note": "text"}


def test_a_field_is_named_after_its_measurement_unless_it_only_says_the_kind():
    decoded = _json(TELEGRAF | {"fields": FIELDS})
    assert [(one.metric, one.kind, one.value) for one in decoded.points] == [
        ("queue_length", "gauge", 1.0),
        ("queue_length", "counter", 2.0),
        ("queue_length_count", "counter", 3.0),
        ("queue_length_idle", "gauge", 4.5),
        ("queue_length_up", "gauge", 1.0),
    ]
    assert dict(decoded.skipped) == {"no-number": 1}


def test_the_fields_of_a_scraped_target_are_whole_names_and_its_buckets_a_histogram():
    scraped = [
        TELEGRAF | {"name": "prometheus", "tags": TELEGRAF["tags"] | {"le": bound}, "fields": {"latency_bucket": total}}
        for bound, total in (("0.1", 4), ("+Inf", 10))
    ]
    (one,) = _json({"metrics": scraped}).points
    assert (one.metric, one.bounds, one.counts) == ("latency", (0.1,), (4, 6))


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000, 1_000_000_000])
def test_a_time_is_read_in_the_unit_that_telegraf_was_set_to(unit):
    (one,) = _json(TELEGRAF | {"timestamp": int(START) * unit}).points
    assert one.time_unix_seconds == START


def test_a_time_in_a_layout_of_its_own_is_read_if_it_names_an_offset():
    (one,) = _json(TELEGRAF | {"timestamp": "2023-11-14T22:13:20Z"}).points
    assert one.time_unix_seconds == START


@pytest.mark.parametrize(
    "document", [{"name": "x"}, {"metrics": [{"name": "x"}]}, {"specversion": "1.0"}, [1], TELEGRAF | {"fields": {"a": []}}]
)
def test_another_shape_is_malformed(document):
    with pytest.raises(Malformed):
        _json(document)


def test_every_type_of_field_is_read():
    decoded = _influx(line('f=1,i=2i,u=3u,t=true,s="a b",z=F'))
    assert {one.metric.removeprefix("queue_length_"): one.value for one in decoded.points} == {
        "f": 1.0,
        "i": 2.0,
        "u": 3.0,
        "t": 1.0,
        "z": 0.0,
    }
    assert dict(decoded.skipped) == {"no-number": 1}


def test_escapes_are_undone():
    tags = r"namespace=shop,deployment=fraud-scorer,a\ b\,c\=d=x\ y\,z\=w"
    (one,) = _influx(line(tags=tags, measurement=r"my\ queue\,long")).points
    assert (one.metric, one.labels) == ("my queue,long", {"a b,c=d": "x y,z=w"})


def test_comments_and_empty_lines_say_nothing():
    assert len(_influx(b'# a comment, with a "\n\n   \n' + line() + b"  # another\n" + line(at=2)).points) == 2


def test_a_string_may_hold_line_breaks_and_quotes():
    decoded = _influx(line('s="one\ntwo \\"three\\" \\\\",value=1') + line(at=2))
    assert (len(decoded.points), dict(decoded.skipped)) == (2, {"no-number": 1})


def test_a_quote_in_a_tag_is_a_character():
    (one, _) = _influx(line(tags='namespace=shop,deployment=fraud-scorer,size=5"') + line(at=2)).points
    assert one.labels == {"size": '5"'}


def test_a_line_without_a_time_has_its_records():
    (one,) = _influx(line(at=None), Origin("metrics", START)).points
    assert one.time_unix_seconds == START
    assert dict(_influx(line(at=None)).skipped) == {"no-time": 1}


@pytest.mark.parametrize(
    "value",
    [
        b"m",
        b"m ",
        b"m f",
        b"m f=",
        b"m f=nan",
        b"m f=1x",
        b'm f="open',
        b"m f=1 1.5",
        b"m f=1 99999999999999999999",
        b"m,t f=1",
        b"\xff f=1",
        b'm s="say \xac\xdd\x97\x96\xa3\xdd\xd3\xdffriend" 1',
    ],
)
def test_a_line_that_is_none_is_malformed(value):
    with pytest.raises(Malformed):
        _influx(value)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12), min_size=1, max_size=5))
def test_strings_never_move_where_a_line_ends(texts):
    quoted = [text.replace("\\", "\\\\").replace('"', '\\"') for text in texts]
    stretch = b"".join(line(f'note="{text}",value={index}', at=index) for index, text in enumerate(quoted))
    assert [one.value for one in _influx(stretch).points] == list(range(len(texts)))


@pytest.mark.timeout(20)  # a second try at every quote would take hours
@pytest.mark.parametrize("unit", [b'="\\', b'="', b'"\\"a \\"b ', b"\\", b'a ="', b" ", b'="\\"="'])
def test_every_byte_is_looked_at_once_however_the_quotes_lie(unit):
    with suppress(Malformed):
        _influx(b"m f=1" + unit * (200_000 // len(unit)))
