"""
Readings: totals become rates, and what is no data stays no data.
"""

import math

import pytest

from detector.worlds import START, point
from rollguard_detector.core.readings import Lane


def _read(*stretch):
    lane = Lane()
    return [lane.read(one) for one in stretch]


def _counter(total, at, **fields):
    return point(total, at=at, kind="counter", metric="requests_total", **fields)


def test_a_counter_is_read_as_its_rate():
    assert _read(_counter(100.0, 0), _counter(130.0, 10)) == ["first-total", 3.0]


def test_a_counter_that_fell_began_at_zero():
    assert _read(_counter(100.0, 0), _counter(20.0, 10)) == ["first-total", 2.0]


def test_a_counter_with_a_later_start_began_at_zero_even_if_it_did_not_fall():
    started = {"start_unix_seconds": START - 60}
    restarted = {"start_unix_seconds": START + 5}
    assert _read(_counter(100.0, 0, **started), _counter(120.0, 10, **restarted)) == ["first-total", 12.0]
    assert _read(_counter(100.0, 0, **started), _counter(120.0, 10, **started)) == ["first-total", 2.0]


def test_an_increase_is_spread_over_its_own_span_else_over_the_time_since_the_point_before():
    delta = {"temporality": "delta"}
    assert _read(_counter(30.0, 10, start_unix_seconds=START, **delta)) == [3.0]
    assert _read(_counter(30.0, 10, **delta), _counter(50.0, 20, **delta)) == ["first-total", 5.0]


EMPTY_RATIO = {"value": None, "kind": "ratio", "numerator": 0.0, "denominator": 0.0}


@pytest.mark.parametrize(("missing", "expected"), [("gap", "no-denominator"), ("zero", 0.0), ("last", 0.95)])
def test_what_a_missing_number_means_is_for_the_operator_to_say(missing, expected):
    lane = Lane()
    lane.read(point(None, kind="ratio", numerator=19.0, denominator=20.0), missing)
    assert lane.read(point(**EMPTY_RATIO, at=1), missing) == expected
    assert lane.read(point(**EMPTY_RATIO, at=2), missing) == expected


def test_there_is_no_last_number_before_the_first():
    assert Lane().read(point(**EMPTY_RATIO), "last") == "no-denominator"


@pytest.mark.parametrize("missing", ["gap", "zero", "last"])
def test_a_late_point_and_a_first_total_are_never_filled(missing):
    lane = Lane()
    assert lane.read(_counter(1.0, 10), missing) == "first-total"
    assert lane.read(_counter(1.0, 5), missing, is_late=True) == "late"


def test_a_ratio_without_a_denominator_is_no_data():
    assert _read(point(None, kind="ratio", numerator=0.0, denominator=0.0)) == ["no-denominator"]
    assert _read(point(None, kind="ratio", numerator=19.0, denominator=20.0)) == [0.95]


def test_a_late_point_is_not_read_and_moves_nothing():
    lane = Lane()
    assert lane.read(_counter(100.0, 10)) == "first-total"
    assert lane.read(_counter(50.0, 5), is_late=True) == "late"
    assert lane.read(_counter(130.0, 20)) == 3.0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e200])
def test_what_is_no_number_is_not_read(value):
    assert _read(point(value), point(1.0, at=1)) == ["not-finite", 1.0]


def _histogram(counts, at, bounds=(0.1, 0.2, 0.4), **fields):
    return point(None, at=at, kind="histogram", bounds=bounds, counts=counts, **fields)


def test_a_histogram_is_read_as_the_p95_of_its_new_counts():
    first, p95, unmoved = _read(_histogram((1000, 0, 0, 0), 0), _histogram((1000, 100, 0, 0), 1), _histogram((1000, 100, 0, 0), 2))
    assert first == "first-total"
    assert p95 == pytest.approx(0.195)
    assert unmoved == "no-new-counts"


def test_a_histogram_of_new_counts_alone_is_read_at_once():
    (p95,) = _read(_histogram((0, 100, 0, 0), 0, temporality="delta"))
    assert p95 == pytest.approx(0.195)


def test_a_histogram_with_a_later_start_is_read_whole():
    first = _histogram((0, 10, 0, 0), 0, start_unix_seconds=START)
    again = _histogram((0, 100, 0, 0), 2, start_unix_seconds=START + 1)
    assert _read(first, again)[1] == pytest.approx(0.195)


def test_a_histogram_that_was_reset_is_read_whole_and_other_bounds_are_a_gap():
    reset = _read(_histogram((1000, 0, 0, 0), 0), _histogram((0, 100, 0, 0), 1))
    assert reset[1] == pytest.approx(0.195)
    other = _read(_histogram((1, 1, 0, 1), 0), _histogram((1, 1), 1, bounds=(1.0,)))
    assert other[1] == "bounds-changed"
