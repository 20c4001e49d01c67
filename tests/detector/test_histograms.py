"""
Histograms: what is read from buckets states its error, and a difference loses no count.
"""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollguard_detector.core.exponential_histograms import Buckets, explicit
from rollguard_detector.core.histogram_differences import new_counts
from rollguard_detector.core.histograms import Estimate, quantile, quantile_estimate, share_above

BOUNDS = (0.1, 0.2, 0.4)
COUNTS = st.lists(st.integers(0, 50), min_size=4, max_size=4)
VALUES = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=60)


def counted(values, bounds):
    """Count values into upper-inclusive buckets."""
    counts = [0] * (len(bounds) + 1)
    for value in values:
        counts[sum(value > bound for bound in bounds)] += 1
    return tuple(counts)


def exponential(values, scale, *, zero=0):
    """Count positive values into exponential buckets as the OpenTelemetry data model says."""
    places = [math.ceil(math.log2(value) * 2.0**scale) - 1 for value in values]
    offset = min(places, default=0)
    counts = [0] * (max(places, default=-1) - offset + 1)
    for place in places:
        counts[place - offset] += 1
    return explicit(scale, zero, 0.0, Buckets(offset, counts), Buckets())


@given(COUNTS, st.floats(0.01, 0.99))
def test_a_quantile_lies_within_the_bounds_and_grows_with_its_rank(counts, rank):
    low, high = quantile(BOUNDS, counts, rank), quantile(BOUNDS, counts, min(1.0, rank + 0.01))
    if sum(counts) == 0:
        assert low is None
        return
    assert 0 <= low <= high <= 0.4


def test_what_lies_beyond_the_last_bound_is_said_to_lie_there_with_no_upper_edge():
    assert quantile_estimate((0.1, 0.2), (0, 0, 5), 0.95) == Estimate(0.2, 0.2, math.inf)


@given(VALUES, st.floats(0.05, 0.95))
def test_the_true_quantile_lies_between_the_edges(values, rank):
    bounds = (0.01, 0.1, 1.0, 10.0, 100.0)
    truth = sorted(values)[math.ceil(rank * len(values)) - 1]
    estimate = quantile_estimate(bounds, counted(values, bounds), rank)
    assert estimate.lower <= truth <= estimate.upper
    assert estimate.lower <= estimate.value <= estimate.upper


@given(VALUES, st.floats(1e-3, 1e3))
def test_the_true_share_above_a_bound_lies_between_the_edges(values, bound):
    bounds = (0.01, 0.1, 1.0, 10.0, 100.0)
    estimate = share_above(bounds, counted(values, bounds), bound)
    truth = sum(value > bound for value in values) / len(values)
    assert estimate.lower - 1e-9 <= truth <= estimate.upper + 1e-9
    assert estimate.lower <= estimate.value <= estimate.upper


@pytest.mark.parametrize("bound", BOUNDS)
def test_a_share_above_an_edge_is_exact(bound):
    estimate = share_above(BOUNDS, (50, 30, 15, 5), bound)
    assert estimate.value == estimate.lower == estimate.upper == {0.1: 0.5, 0.2: 0.2, 0.4: 0.05}[bound]


def test_a_share_above_a_bound_within_a_bucket_is_shared_out_and_says_so():
    assert share_above(BOUNDS, (0, 0, 100, 0), 0.35) == Estimate(pytest.approx(0.25), 0.0, 1.0)


def test_no_counts_are_no_share():
    assert share_above(BOUNDS, (0, 0, 0, 0), 0.2) is None
    assert share_above((), (7,), 0.2) is None


@given(VALUES, st.integers(0, 7), st.floats(0.05, 0.95))
def test_an_exponential_histogram_holds_the_true_quantile_within_one_bucket(values, scale, rank):
    bounds, counts = exponential(values, scale)
    truth = sorted(values)[math.ceil(rank * len(values)) - 1]
    estimate = quantile_estimate(bounds, counts, rank)
    slack = 1e-9 * truth  # a value on an edge may fall to either side of it
    assert estimate.lower - slack <= truth <= estimate.upper + slack
    assert estimate.upper <= max(estimate.lower, 1e-12) * 2 ** (2.0**-scale) * (1 + 1e-9)


def test_a_negative_bucket_lies_below_the_zero_bucket():
    bounds, counts = explicit(0, 3, 0.25, Buckets(0, (5,)), Buckets(1, (7, 0)))
    assert (bounds, counts) == ((-4.0, -2.0, 0.25, 1.0, 2.0), (0, 7, 3, 0, 5, 0))


def test_a_zero_threshold_within_the_first_bucket_keeps_the_bounds_in_order():
    bounds, counts = explicit(0, 3, 1.5, Buckets(0, (5,)), Buckets())
    assert (bounds, counts) == ((1.0, 2.0), (3, 5, 0))


@pytest.mark.parametrize(
    ("scale", "offset", "counts"), [(21, 0, (1,)), (-11, 0, (1,)), (0, 5_000, (1,)), (0, -5_000, (1,)), (20, 0, (1,) * 5_000)]
)
def test_buckets_beyond_all_floats_are_none(scale, offset, counts):
    assert explicit(scale, 0, 0.0, Buckets(offset, counts), Buckets()) is None


@given(VALUES, VALUES, st.integers(0, 5), st.integers(0, 5))
def test_a_difference_counts_every_new_value_whatever_the_scales(before, added, scale, later_scale):
    old, new = exponential(before, scale), exponential([*before, *added], later_scale)
    bounds, counts = new_counts(old, new)
    assert sum(counts) == len(added)
    assert min(counts) >= 0
    assert set(bounds) <= {*old[0], *new[0]}


@given(VALUES, VALUES)
def test_a_difference_at_one_scale_is_the_histogram_of_what_was_added(before, added):
    bounds, counts = new_counts(exponential(before, 3), exponential([*before, *added], 3))
    for rank in (0.1, 0.5, 0.9):
        truth = sorted(added)[math.ceil(rank * len(added)) - 1]
        estimate = quantile_estimate(bounds, counts, rank)
        assert estimate.lower - 1e-9 * truth <= truth <= estimate.upper * (1 + 1e-9)


def test_bounds_that_have_nothing_in_common_tell_no_difference():
    assert new_counts(((0.1,), (1, 1)), ((0.2,), (1, 1))) is None


def test_a_count_that_fell_means_that_counting_began_anew():
    assert new_counts(((0.1, 0.2), (5, 5, 5)), ((0.1, 0.2), (1, 6, 6))) == ((0.1, 0.2), (1, 6, 6))
