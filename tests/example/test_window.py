"""The window: what belongs to a point and what does not."""

from hypothesis import given
from hypothesis import strategies as st

from rollguard_example_server.window import Window, quantile


def test_a_window_without_requests_has_no_latency():
    window = Window()
    window.begin("1")
    seen = window.drain()
    assert seen.latency_p95_seconds is None
    assert (seen.requests, seen.labelled, seen.revision) == (0, 0, "1")


def test_draining_begins_a_new_window_and_keeps_the_total():
    window = Window()
    window.begin("1")
    window.observe("1", 0.1, failed=False, labelled=4, correct=3)
    window.observe("1", 0.2, failed=True)
    first = window.drain()
    assert (first.requests, first.errors, first.labelled, first.correct, first.requests_total) == (2, 1, 4, 3, 2)
    assert (window.drain().requests, window.drain().requests_total) == (0, 2)


def test_a_late_answer_of_the_old_revision_is_counted_but_not_blamed_on_the_new_one():
    window = Window()
    window.begin("1")
    window.observe("1", 0.1, failed=False)
    window.begin("2")
    window.observe("1", 9.0, failed=True, labelled=4)
    window.observe("2", 0.1, failed=False)
    seen = window.drain()
    assert (seen.revision, seen.requests, seen.errors, seen.labelled) == ("2", 1, 0, 0)
    assert seen.latency_p95_seconds == 0.1
    assert seen.requests_total == 3


@given(st.lists(st.floats(min_value=0, max_value=100), min_size=1, max_size=200), st.floats(min_value=0.01, max_value=1))
def test_a_quantile_is_the_least_value_that_its_share_does_not_exceed(values, share_ratio):
    found = quantile(values, share_ratio)
    assert found in values
    assert sum(value <= found for value in values) >= share_ratio * len(values) - 1e-9
    assert sum(value < found for value in values) < share_ratio * len(values) + 1e-9


def test_the_p95_of_twenty_requests_leaves_one_out():
    assert quantile([float(number) for number in range(20, 0, -1)], 0.95) == 19.0
