"""
A series that joins its fellows knows from its first number what is usual among them, where they agree and it fits in.
"""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.worlds import WORKLOAD, observe, point
from rollguard_detector.core.arrivals import Arrival
from rollguard_detector.core.detector import Detector
from rollguard_detector.core.siblings import alike
from rollguard_schemas.signals import AnomalyOpened

QUIET, JOINS_AT = 150, 150


def _pod(name, level=0.1, *, since=0, until=QUIET, seed=0, **fields):
    """Return what one pod says, a sample a second."""
    rng = np.random.default_rng([seed, sum(name.encode())])
    return [
        point(level * (1 + 0.05 * rng.standard_normal()), at=second, metric="queue_depth", labels={"pod": name}, **fields)
        for second in range(since, until)
    ]


def _total(name, *, since=0, until=QUIET):
    rng = np.random.default_rng(sum(name.encode()))
    return [
        point(float(total), at=second + 0.5, metric="requests_total", kind="counter", labels={"pod": name})
        for second, total in enumerate(np.cumsum(rng.poisson(40, until - since)), start=since)
    ]


def _in_order(*several):
    return sorted((one for pod in several for one in pod), key=lambda one: one.time_unix_seconds)


def _fellows(levels=(0.1, 0.1, 0.1), until=QUIET, **fields):
    return [_pod(f"old-{place}", level, until=until, **fields) for place, level in enumerate(levels)]


def _warming(*joining, fellows):
    detector = Detector()
    observe(detector, _in_order(*fellows, *joining))
    return detector.warming_count


def test_a_pod_that_joins_three_that_agree_knows_what_is_usual_at_once():
    assert _warming(_pod("new", since=JOINS_AT, until=JOINS_AT + 2), fellows=_fellows()) == 0


def test_what_is_unusual_of_a_pod_that_just_joined_is_told_of_it():
    joined, ill = _pod("new", since=JOINS_AT, until=170), _pod("new", 0.4, since=170, until=210)
    signals = observe(Detector(), _in_order(*_fellows(until=210), joined, ill))
    (opened,) = [signal for signal in signals if isinstance(signal, AnomalyOpened)]
    assert [one.series for one in opened.evidence.contributions] == ["queue_depth{pod=new}"]


def test_a_pod_of_another_revision_inherits_under_its_new_name():
    assert _warming(_pod("new", since=JOINS_AT, until=JOINS_AT + 2, revision="8"), fellows=_fellows(revision="7")) == 0


def test_a_running_total_inherits_with_its_first_difference():
    fellows = [_total(f"old-{place}") for place in range(3)]
    detector = Detector()
    observe(detector, _in_order(*fellows, _total("new", since=JOINS_AT, until=JOINS_AT + 3)))
    assert detector.warming_count == 0


@pytest.mark.parametrize(
    ("fellows", "level"),
    [
        pytest.param(_fellows((0.1, 0.1)), 0.1, id="two may both be odd"),
        pytest.param(_fellows((0.1, 0.2, 0.4)), 0.2, id="routes with levels of their own"),
        pytest.param(_fellows(), 0.4, id="a level of its own"),
        pytest.param(_fellows(until=90), 0.1, id="fellows that know too little themselves"),
    ],
)
def test_where_nothing_shows_that_they_are_alike_it_learns_from_nothing(fellows, level):
    joining = _pod("new", level, since=JOINS_AT, until=JOINS_AT + 2)
    known = _warming(fellows=fellows)
    assert _warming(joining, fellows=fellows) == known + 1


def test_one_ill_fellow_of_many_is_not_asked():
    assert alike(0.1, np.array([0.1, 0.9, 0.11, 0.1, 0.09]), np.full(5, 0.01)) == 0
    assert alike(0.1, np.array([0.1, 0.9, 0.11, 0.9]), np.full(4, 0.01)) is None


JOINED_UNTIL = JOINS_AT + 12
LOG = _in_order(
    *(_pod(f"old-{place}", until=JOINED_UNTIL) for place in range(3)),
    *(_total(f"old-{place}", until=JOINED_UNTIL) for place in range(3)),
    _pod("new", since=JOINS_AT, until=JOINED_UNTIL),
    _total("new", since=JOINS_AT, until=JOINED_UNTIL),
)
BEFORE = 6 * (JOINS_AT - 2)


@cache
def _known_before():
    detector = Detector()
    detector.observe_many([Arrival(one, one.time_unix_seconds) for one in LOG[:BEFORE]])
    return detector.keep(WORKLOAD)


def _kept(cuts, restart_at=None):
    """Return what is known of the workload after polls that are cut so, the detector replaced by a new one on the way."""
    detector = Detector()
    detector.resume(_known_before())
    for start, end in zip((BEFORE, *cuts), (*cuts, len(LOG)), strict=True):
        detector.observe_many([Arrival(one, one.time_unix_seconds) for one in LOG[start:end]])
        if start == restart_at:
            other = Detector()
            other.resume(detector.keep(WORKLOAD))
            detector = other
    return detector.keep(WORKLOAD)


@given(st.lists(st.integers(BEFORE + 1, len(LOG) - 1), min_size=1, max_size=12, unique=True).map(sorted), st.data())
@settings(max_examples=12)
def test_neither_the_cuts_of_polls_nor_a_restart_change_what_it_inherits(cuts, data):
    assert _kept(cuts, restart_at=data.draw(st.sampled_from(cuts))) == _kept(())
