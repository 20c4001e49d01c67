"""
Readings: totals become rates, and what is no data stays no data.
"""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.worlds import point
from rollguard_detector.core.histograms import quantile
from rollguard_detector.core.readings import Lanes


def _read(*stretch):
    lanes = Lanes()
    return [lanes.read(one) for one in stretch]


def _counter(total, at, **fields):
    return point(total, at=at, kind="counter", metric="requests_total", **fields)


def test_a_counter_is_read_as_its_rate():
    assert _read(_counter(100.0, 0), _counter(130.0, 10)) == ["first-total", 3.0]


def test_a_counter_that_fell_began_at_zero():
    assert _read(_counter(100.0, 0), _counter(20.0, 10)) == ["first-total", 2.0]


def test_two_revisions_count_apart():
    assert _read(
        _counter(1000.0, 0, revision="7"),
        _counter(10.0, 0, revision="8"),
        _counter(1010.0, 10, revision="7"),
        _counter(20.0, 10, revision="8"),
    ) == ["first-total", "first-total", 1.0, 1.0]


def test_a_ratio_without_a_denominator_is_no_data():
    assert _read(point(None, kind="ratio", numerator=0.0, denominator=0.0)) == ["no-denominator"]
    assert _read(point(None, kind="ratio", numerator=19.0, denominator=20.0)) == [0.95]


def test_a_late_point_is_not_read_and_moves_nothing():
    assert _read(_counter(100.0, 10), _counter(50.0, 5), _counter(50.0, 10), _counter(130.0, 20)) == [
        "first-total",
        "late",
        "late",
        3.0,
    ]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e200])
def test_what_is_no_number_is_not_read(value):
    assert _read(point(value), point(1.0, at=1)) == ["not-finite", 1.0]


def _histogram(counts, at, bounds=(0.1, 0.2, 0.4)):
    return point(None, at=at, kind="histogram", bounds=bounds, counts=counts)


def test_a_histogram_is_read_as_the_p95_of_its_new_counts():
    first, p95, unmoved = _read(_histogram((1000, 0, 0, 0), 0), _histogram((1000, 100, 0, 0), 1), _histogram((1000, 100, 0, 0), 2))
    assert first == "first-total"
    assert p95 == pytest.approx(0.195)
    assert unmoved == "no-new-counts"


def test_a_histogram_that_was_reset_is_read_whole_and_other_bounds_are_a_gap():
    reset = _read(_histogram((1000, 0, 0, 0), 0), _histogram((0, 100, 0, 0), 1))
    assert reset[1] == pytest.approx(0.195)
    other = _read(_histogram((1, 0, 0, 0), 0), _histogram((1, 0, 0), 1, bounds=(1.0, 2.0)))
    assert other[1] == "bounds-changed"


@given(st.lists(st.integers(0, 50), min_size=4, max_size=4), st.floats(0.01, 0.99))
def test_a_quantile_lies_within_the_bounds_and_grows_with_its_rank(counts, rank):
    bounds = (0.1, 0.2, 0.4)
    low, high = quantile(bounds, counts, rank), quantile(bounds, counts, min(1.0, rank + 0.01))
    if sum(counts) == 0:
        assert low is None
        return
    assert 0 <= low <= high <= 0.4


def test_what_lies_beyond_the_last_bound_is_said_to_lie_there():
    assert quantile((0.1, 0.2), (0, 0, 5), 0.95) == 0.2
