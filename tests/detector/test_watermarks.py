"""
How far event time is complete, and the points that wait for it.
"""

import math

from hypothesis import given
from hypothesis import strategies as st

from detector.worlds import point
from rollguard_detector.core.reordering import Reordering
from rollguard_detector.core.watermarks import Watermarks

TOPIC, OTHER = "otlp_metrics", "influx"
LATENESS = 5.0


def marks():
    return Watermarks(lateness_seconds=LATENESS, idle_seconds=60.0)


def test_the_slowest_partition_of_a_topic_says_how_far_it_is_complete():
    known = marks()
    known.hear((TOPIC, 0), 1_000.0, now=0.0)
    known.hear((TOPIC, 1), 900.0, now=0.0)
    known.hear((OTHER, 0), 100.0, now=0.0)
    assert known.of(TOPIC, 1.0) == 900.0 - LATENESS


def test_a_partition_of_which_nothing_came_yet_is_given_its_time():
    known = marks()
    known.take((TOPIC, 0), 0.0)
    known.take((TOPIC, 1), 0.0)
    known.hear((TOPIC, 0), 1_000.0, now=30.0)
    assert known.of(TOPIC, 59.0) == -math.inf
    assert known.of(TOPIC, 60.0) == 1_000.0 - LATENESS


def test_a_partition_that_falls_silent_holds_nobody_up_until_it_speaks_again():
    known = marks()
    known.hear((TOPIC, 0), 900.0, now=0.0)
    known.hear((TOPIC, 1), 1_000.0, now=30.0)
    assert known.of(TOPIC, 60.0) == 1_000.0 - LATENESS
    known.hear((TOPIC, 0), 910.0, now=61.0)
    assert known.of(TOPIC, 62.0) == 910.0 - LATENESS


def test_a_topic_of_which_nothing_comes_any_more_is_complete():
    known = marks()
    known.hear((TOPIC, 0), 900.0, now=0.0)
    assert known.of(TOPIC, 60.0) == math.inf


def test_a_partition_that_went_elsewhere_is_not_waited_for():
    known = marks()
    known.hear((TOPIC, 0), 900.0, now=0.0)
    known.hear((TOPIC, 1), 1_000.0, now=0.0)
    known.release((TOPIC, 0))
    assert known.of(TOPIC, 1.0) == 1_000.0 - LATENESS


def test_the_age_is_that_of_the_slowest_partition_that_says_something():
    known = marks()
    known.take((TOPIC, 2), 995.0)
    known.hear((TOPIC, 0), 900.0, now=1_000.0)
    known.hear((TOPIC, 1), 1_000.0, now=1_000.0)
    assert known.age_seconds(1_010.0) == 110.0


def test_more_points_than_may_wait_go_on_the_oldest_first():
    held = Reordering(most_points=2)
    held.hold((TOPIC, 0), 0, [point(1.0, at=3), point(2.0, at=1), point(3.0, at=2)])
    assert [one.value for one in held.too_many()] == [2.0]
    assert len(held) == 2


def test_a_partition_is_read_again_from_the_first_record_of_which_a_point_waits():
    held = Reordering(most_points=9)
    held.hold((TOPIC, 0), 7, [point(1.0, at=1), point(2.0, at=5)])
    held.hold((TOPIC, 0), 8, [point(3.0, at=2)])
    held.before(TOPIC, point(0.0, at=3).time_unix_seconds)
    assert held.floor((TOPIC, 0), 9) == 7
    held.before(TOPIC, math.inf)
    assert held.floor((TOPIC, 0), 9) == 9


_LOGS = st.lists(st.lists(st.integers(0, 40), max_size=12), min_size=1, max_size=3)


@given(logs=_LOGS, order=st.randoms(use_true_random=False))
def test_however_partitions_are_interleaved_the_points_go_on_in_one_order(logs, order):
    """Each partition is disordered by less than the lateness, and polled whenever it likes."""
    known, held = marks(), Reordering(most_points=1_000)
    left = {(TOPIC, number): [5 * (at // 5) + (at * 7) % 5 for at in sorted(log)] for number, log in enumerate(logs)}
    total, offsets, said = sum(map(len, left.values())), dict.fromkeys(left, 0), []
    for source in left:
        known.take(source, 0.0)
    while any(left.values()):
        source = order.choice([one for one, log in left.items() if log])
        one = point(float(offsets[source]), at=left[source].pop(0), labels={"from": str(source[1])})
        held.hold(source, offsets[source], [one])
        known.hear(source, one.time_unix_seconds, 0.0)
        offsets[source] += 1
        said += held.before(TOPIC, known.of(TOPIC, 1.0))
    said += held.before(TOPIC, known.of(TOPIC, 1e9))
    assert len(said) == total
    keys = [(one.time_unix_seconds, one.labels["from"], one.value) for one in said]
    assert keys == sorted(keys)
