"""
How plain rows are read: as people write them, with a header or none, by names where there are names, and named
where they are wrong.
"""

import io

import pytest

from rollguard_detector.plain.columns import Asked, Unusable
from rollguard_detector.plain.lines import read_lines
from rollguard_detector.plain.objectives import read_duration
from rollguard_detector.plain.rows import BadRow, Row, is_header, read_row


def found(text: str, asked: Asked | None = None) -> list[tuple[int, object]]:
    return [
        (number, str(item) if isinstance(item, BadRow) else item)
        for number, item in read_lines(io.StringIO(text).readline, asked or Asked())
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1700000000,1.5\n", (1_700_000_000.0, 1.5)),
        ("1970-01-01 00:01:00,2\n", (60.0, 2.0)),
        ('"1970-01-01T00:01:00Z","-3e2"\n', (60.0, -300.0)),
        ("1970-01-01T01:01:00+01:00,2,more\n", (60.0, 2.0)),
    ],
)
def test_rows_are_read_as_people_write_them(line: str, expected: tuple[float, float]) -> None:
    assert read_row(line) == Row("", *expected)


@pytest.mark.parametrize("line", ["", "\n", "1", "1,", "1,inf", "x,1", "nan,1", "2020-13-01,1"])
def test_what_is_no_row_is_refused(line: str) -> None:
    with pytest.raises(BadRow):
        read_row(line)


def test_a_header_is_told_from_a_bad_row() -> None:
    assert is_header("timestamp,value\n")
    assert not is_header("2020-01-01,x\n")
    assert not is_header("1,2\n")


def test_durations_have_units() -> None:
    assert [read_duration(text) for text in ("600", "90s", "10m", "2h", "1d")] == [600.0, 90.0, 600.0, 7200.0, 86400.0]
    with pytest.raises(ValueError, match="no duration"):
        read_duration("-5m")


def test_a_header_that_names_the_usual_columns_is_believed_whatever_their_order() -> None:
    assert found("host,value,timestamp\na,2,1\n") == [(2, Row("", 1.0, 2.0))]


def test_a_header_that_names_other_columns_means_the_first_two() -> None:
    assert found("at,p99\n1,2\n") == [(2, Row("", 1.0, 2.0))]


def test_columns_are_found_by_the_names_that_were_asked_for() -> None:
    asked = Asked(stream="host", time="at", value="p99")
    assert found('p99,host,at\n2,"a, b",1\n', asked) == [(2, Row("a, b", 1.0, 2.0))]


def test_a_column_that_is_missing_is_named_with_those_there_are() -> None:
    with pytest.raises(Unusable, match="no column 'host' in timestamp, value: say which it is with --by"):
        found("timestamp,value\n1,2\n", Asked(stream="host"))


def test_a_row_shorter_than_its_header_is_named() -> None:
    assert found("timestamp,host,value\n1,a\n", Asked(stream="host")) == [(2, "has 2 columns, fewer than the header")]


def test_remarks_are_passed_over_and_statements_handed_on() -> None:
    assert found("# a remark\n#slo threshold=1\ntime,value\n1,2\n") == [(2, "#slo threshold=1\n"), (4, Row("", 1.0, 2.0))]


def test_a_wrong_row_is_named_with_what_is_wrong() -> None:
    assert found("1,2\n2,x\n") == [(1, Row("", 1.0, 2.0)), (2, "value 'x' is no number")]
