"""Instants and durations as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollguard_console.exit_codes import WrongUsage
from rollguard_console.instants import parse_duration_seconds, parse_instant, parse_since, parse_until, show_instant


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("1h30m", 5400), ("2d", 172_800), ("1.5h", 5400), ("1 w", 604_800)]
)
def test_a_duration_is_read(text, seconds):
    assert parse_duration_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "1x", "-1h", "1h30"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(WrongUsage, match="is no duration"):
        parse_duration_seconds(text)


@given(st.integers(0, 4_000_000_000))
def test_an_instant_that_is_shown_reads_back(seconds):
    assert parse_instant(show_instant(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-1", "inf", "nan", "2026-13-01"])
def test_what_is_no_instant_is_refused(text):
    with pytest.raises(WrongUsage, match="is no instant"):
        parse_instant(text)


def test_since_is_a_while_ago_or_an_instant():
    assert parse_since("1h", now=10_000) == 6_400
    assert parse_since("5000", now=10_000) == 5_000


def test_until_has_no_end_where_none_is_given():
    assert parse_until(None, None, now=1.0) is None
