"""
Missing data: a series that falls silent while its workload goes on is told once, and no silence is a verdict.
"""

import itertools

import msgspec
import numpy as np
import pytest

from detector.worlds import START, WORKLOAD, observe, of_type, point, points
from rollguard_detector.core.arrivals import Arrival
from rollguard_detector.core.detector import Detector
from rollguard_detector.core.snapshots import WorkloadKept
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


def test_a_workload_that_is_alone_and_falls_silent_says_nothing():
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


OTHER = "shop/search"
PARTITION = ("rollguard-metrics", 3)


def _two_workloads(silent, *, until=220, delay=0.2):
    """Return arrivals of one partition: a workload that goes on, and one of two series that is silent where ``silent`` says."""
    goes_on = [msgspec.structs.replace(one, workload=OTHER) for one in points(np.full(until, 0.5), metric="cpu_ratio")]
    falls_silent = [
        point(0.2, at=at + offset, metric=metric)
        for at in range(until)
        if not silent(at)
        for offset, metric in ((0.3, "queue_ratio"), (0.6, "wait_ratio"))
    ]
    log = sorted([*goes_on, *falls_silent], key=lambda one: one.time_unix_seconds)
    return [Arrival(one, one.time_unix_seconds + delay, PARTITION) for one in log]


def _said(arrivals, detector=None):
    said = [signal for seen in (detector or Detector()).observe_many(arrivals) for signal in seen.signals]
    return of_type(said, AnomalyOpened, AnomalyCleared)


def test_a_workload_that_falls_silent_as_a_whole_is_missed_by_its_partition_and_its_return_is_the_end():
    missing, back = _said(_two_workloads(lambda at: 40 < at < 130))
    assert (missing.workload, missing.kind, missing.severity) == (WORKLOAD, "missing", "low")
    assert 45 <= missing.time_unix_seconds - START <= 60
    assert back.incident == missing.incident
    assert 130 <= back.time_unix_seconds - START < 131


def test_the_sentence_says_that_the_whole_workload_is_silent_where_it_is_known_at_once():
    log = _two_workloads(lambda at: at > 40)
    gap = [one for one in log if one.point.workload == WORKLOAD or not 44 < one.point.time_unix_seconds - START < 65]
    (missing,) = _said(gap)
    assert missing.evidence.summary.endswith("; nothing of the workload is heard any more")


def test_nobody_is_missed_where_the_partition_itself_stood_still():
    arrivals = [one for one in _two_workloads(lambda _: False) if not 40 < one.point.time_unix_seconds - START < 150]
    late = [one for one in arrivals if one.point.workload == OTHER or not 149 < one.point.time_unix_seconds - START < 154]
    assert _said(late) == []


def test_another_partition_misses_nobody():
    arrivals = _two_workloads(lambda at: 40 < at < 130)
    apart = [one._replace(source=("rollguard-metrics", 4)) if one.point.workload == OTHER else one for one in arrivals]
    assert _said(apart) == []


def test_an_event_time_that_is_ahead_of_the_others_makes_nobody_missing():
    arrivals = _two_workloads(lambda _: False)
    ahead = [
        one._replace(point=msgspec.structs.replace(one.point, time_unix_seconds=one.point.time_unix_seconds + 900.0))
        if one.point.workload == OTHER
        else one
        for one in arrivals
    ]
    assert _said(ahead) == []


@pytest.mark.parametrize("is_moved", [False, True])
@pytest.mark.parametrize("cuts", [[100, 300, 500], [320], [130, 131, 132]], ids=str)
def test_it_does_not_matter_where_a_poll_is_cut_nor_that_workloads_moved_meanwhile(cuts, is_moved, whole):
    arrivals, expected = whole
    detector, said = Detector(), []
    for first, last in itertools.pairwise([0, *cuts, len(arrivals)]):
        said += [seen.signals for seen in detector.observe_many(arrivals[first:last])]
        if is_moved:
            kept = [msgspec.msgpack.encode(detector.keep(name)) for name in (WORKLOAD, OTHER)]
            detector = Detector()
            for wire in kept:
                detector.resume(msgspec.msgpack.decode(wire, type=WorkloadKept))
    assert said == expected


@pytest.fixture(scope="module")
def whole():
    """A log in which one workload falls silent twice, once just before the end, and what is said of it in one piece."""
    arrivals = _two_workloads(lambda at: 40 < at < 70 or at > 110, until=190)
    expected = [seen.signals for seen in Detector().observe_many(arrivals)]
    assert sum(isinstance(signal, AnomalyOpened) for signals in expected for signal in signals) == 2
    return arrivals, expected
