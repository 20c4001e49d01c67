"""
Windows of a range query: never beyond the server's limit, small where there is much.
"""

from hypothesis import given
from hypothesis import strategies as st

from rollguard_detector.history.windows import SERVER_LIMIT_STEPS, Window


@given(st.lists(st.integers(0, 10**7), max_size=30))
def test_a_window_is_never_empty_and_never_beyond_what_a_server_gives(points):
    window = Window()
    for count in points:
        window.fit(steps=window.steps, points=count)
        assert 1 <= window.steps <= SERVER_LIMIT_STEPS


def test_few_series_are_asked_for_in_the_largest_windows():
    window = Window()
    for _ in range(20):
        window.fit(steps=window.steps, points=window.steps)
    assert window.steps == SERVER_LIMIT_STEPS


def test_many_series_are_asked_for_in_small_ones():
    window = Window(steps=100)
    for _ in range(20):
        window.fit(steps=window.steps, points=50_000 * window.steps)
    assert window.steps == 2


def test_a_window_halves_down_to_one_step():
    window = Window(steps=5)
    assert [window.shrink() for _ in range(3)] == [True, True, False]
    assert window.steps == 1
