"""
Missing data: a series that falls silent while its workload goes on is told once, and no silence is a verdict.
"""

import numpy as np

from detector.worlds import START, WORKLOAD, observe, of_type, point, points
from rollguard_detector.core.detector import Detector
from rollguard_schemas.signals import AnomalyCleared, AnomalyOpened, RevisionServing


def _beside(silent, *, until=400, step=1.0, revision="7"):
    """Return a log in which one series goes on and the other one reports where ``silent`` says."""
    goes_on = points(np.full(until, 0.5), metric="cpu_ratio", revision=revision)
    other = [point(0.2, at=at + 0.5, metric="queue_ratio", revision=revision) for at in np.arange(0, until, step) if not silent(at)]
    return sorted([*goes_on, *other], key=lambda one: one.time_unix_seconds)


def _anomalies(log):
    return of_type(observe(Detector(), log), AnomalyOpened, AnomalyCleared)


def test_a_series_that_falls_silent_is_missing_and_its_return_is_the_end():
    missing, back = _anomalies(_beside(lambda at: 100 < at < 200))
    assert (missing.kind, missing.metric, missing.direction, missing.severity) == ("missing", "queue_ratio", "none", "low")
    assert 105 <= missing.time_unix_seconds - START <= 120
    assert back.incident == missing.incident
    assert back.time_unix_seconds - START == 200.5


def test_a_series_that_is_rare_by_nature_is_given_its_time():
    assert _anomalies(_beside(lambda at: at % 37 != 0, until=1200)) == []


def test_a_bursty_series_is_missed_once_and_then_known():
    opened, cleared = _anomalies(_beside(lambda at: at % 60 > 20, until=1500))
    assert (opened.kind, cleared.time_unix_seconds - START) == ("missing", 60.5)


def test_a_young_series_is_not_missed():
    assert _anomalies(_beside(lambda at: at > 8)) == []


def test_a_workload_that_falls_silent_as_a_whole_says_nothing():
    log = [one for one in _beside(lambda _: False) if not 100 < one.time_unix_seconds - START < 300]
    assert _anomalies(log) == []


def test_the_series_of_a_revision_that_serves_no_longer_are_not_missed():
    before = _beside(lambda _: False, until=200)
    after = points(np.full(300, 0.5), start=200, metric="cpu_ratio", revision="8")
    signals = observe(Detector(), before + after)
    assert [type(signal) for signal in signals] == [RevisionServing, RevisionServing]


def test_several_missing_series_are_one_incident():
    others = [point(0.2, at=at + 0.1 * n, metric=f"m{n}", labels={}) for at in range(100) for n in range(4)]
    log = sorted([*points(np.full(300, 0.5), metric="cpu_ratio"), *others], key=lambda one: one.time_unix_seconds)
    (opened,) = of_type(observe(Detector(), log), AnomalyOpened)
    assert opened.workload == WORKLOAD
