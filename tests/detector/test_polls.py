"""
A poll may be cut anywhere: the same log gives the same signals, whatever was polled together and whoever shares the process.
"""

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.worlds import (
    ACCURACY_OBJECTIVE,
    LATENCY,
    LATENCY_OBJECTIVE,
    START,
    WORKLOAD,
    climb,
    compared,
    point,
    points,
    policy,
)
from rollguard_detector.core.arrivals import Arrival
from rollguard_detector.core.detector import Detector, Limits
from rollguard_detector.core.rounds import rounds
from rollguard_detector.core.snapshots import WorkloadKept
from rollguard_schemas.policies import ComparedMetric
from rollguard_schemas.rollouts import RolloutStarted
from rollguard_schemas.signals import AnomalyCleared, AnomalyOpened, ObjectiveBreached, ObjectiveRecovered, Regression
from rollguard_schemas.targets import MlflowAlias

OTHER = "shop/search"
LENGTH = 320


def _log(seed):
    """Return a log of two workloads: steps, climbs, two revisions side by side, a counter, a ratio, and late points."""
    rng = np.random.default_rng(seed)
    jump = np.where((np.arange(LENGTH) > 220) & (np.arange(LENGTH) < 280), 0.4, 0.1)
    log = points(jump * (1 + 0.05 * rng.standard_normal(LENGTH)), metric="queue_depth")
    log += points(climb(rng, quiet=150, noise=0.05, samples=90), revision="7")
    log += points(0.05 * (1 + 0.05 * rng.standard_normal(100)), start=140.2, revision="8")
    log = [one for one in log if not 60 < one.time_unix_seconds - START < 100]  # it fell silent and came back
    log += points(
        np.cumsum(rng.integers(0, 50, LENGTH)).astype(float), metric="requests_total", kind="counter", labels={"pod": "a"}
    )
    log += [
        point(
            None, at=second + 0.1, metric="accuracy_ratio", kind="ratio", numerator=float(rng.binomial(40, 0.9)), denominator=40.0
        )
        for second in range(LENGTH)
    ]
    log += [
        point(
            None,
            at=second + 0.2,
            metric="error_ratio",
            kind="ratio",
            numerator=float(rng.binomial(60, 0.02 if second < 140 else 0.15)),
            denominator=60.0,
            revision="7" if second < 140 else "8",
            labels={"pod": pod},
        )
        for second in range(100, LENGTH, 4)
        for pod in "abc"
    ]
    other = [msgspec.structs.replace(one, workload=OTHER) for one in points(jump + 0.02 * rng.standard_normal(LENGTH))]
    log = sorted([*log, *other], key=lambda one: one.time_unix_seconds)
    late = rng.integers(0, len(log), 20)
    return [one for index, one in enumerate(log) for one in ([one, log[max(0, index - 9)]] if index in late else [one])]


ROLLOUT = RolloutStarted(
    id="r", workload=WORKLOAD, time_unix_seconds=START + 139, rollout="r", from_revision="7", to_revision="8",
    target=MlflowAlias(model="m", alias="champion"),
)  # fmt: skip


POLICY = compared(
    policy(LATENCY_OBJECTIVE, ACCURACY_OBJECTIVE),
    window_seconds=4.0,
    metrics=(ComparedMetric(metric="error_ratio"), ComparedMetric(metric=LATENCY)),
)


def _detector(limits=None):
    detector = Detector(limits)
    detector.take_policy(WORKLOAD, POLICY)
    detector.take_rollout(ROLLOUT)
    return detector


def _said(log, cuts, limits=None):
    detector, said = _detector(limits), []
    for first, last in zip([0, *cuts], [*cuts, len(log)], strict=True):
        seen = detector.observe_many([Arrival(one, one.time_unix_seconds) for one in log[first:last]])
        said += [(observation.skipped, observation.signals) for observation in seen]
    return said


def _of_workload(said, workload):
    return [signal for _, signals in said for signal in signals if signal.workload == workload]


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 50), st.lists(st.integers(0, 1900), max_size=40).map(sorted))
def test_it_does_not_matter_where_a_poll_is_cut(seed, cuts):
    log = _log(seed)
    cuts = [min(cut, len(log)) for cut in cuts]
    assert _said(log, cuts) == _said(log, [])


def test_the_log_of_these_tests_makes_the_detector_speak():
    signals = _of_workload(_said(_log(3), []), WORKLOAD)
    assert {AnomalyOpened, AnomalyCleared, ObjectiveBreached, ObjectiveRecovered, Regression} <= {
        type(signal) for signal in signals
    }
    assert [one.verdict for one in signals if isinstance(one, Regression)][-1] == "degraded"
    assert {signal.kind for signal in signals if isinstance(signal, AnomalyOpened)} == {"missing", "level"}


@settings(max_examples=2, deadline=None)
@given(st.integers(0, 50))
def test_one_point_at_a_time_says_the_same(seed):
    log = _log(seed)[:700]
    assert _said(log, range(1, len(log))) == _said(log, [])


@settings(max_examples=2, deadline=None)
@given(st.integers(0, 50))
def test_workloads_may_be_interleaved_in_any_way(seed):
    """Partitions come in any order; a workload lies in one of them, so its own order stays."""
    log = _log(seed)
    apart = sorted(log, key=lambda one: one.workload)
    for workload in (WORKLOAD, OTHER):
        assert _of_workload(_said(apart, [100, 900]), workload) == _of_workload(_said(log, [400]), workload)


@given(st.lists(st.integers(0, 5), max_size=60))
def test_a_round_has_each_row_once_and_keeps_its_order(rows):
    turns = [turn.tolist() for turn in rounds(np.array(rows, dtype=np.intp))]
    assert sorted(place for turn in turns for place in turn) == list(range(len(rows)))
    for turn in turns:
        assert len({rows[place] for place in turn}) == len(turn)
        assert [rows[place] for place in turn] == sorted(rows[place] for place in turn)
    for row in set(rows):
        places = [place for turn in turns for place in turn if rows[place] == row]
        assert places == sorted(places)


def test_series_that_make_room_take_no_signal_with_them():
    log = points([0.05] * 5, metric="a") + points([0.05] * 5, start=4000, metric="b") + points([0.05] * 5, start=8000, metric="c")
    assert [skipped for skipped, _ in _said(log, [], Limits(max_series=1))] == [None] * 15


def _kept_over(detector, names):
    """Take workloads out as bytes and put them into a new detector, as another process would."""
    other = Detector()
    other.take_policy(WORKLOAD, POLICY)
    other.take_rollout(ROLLOUT)
    for name in names:
        wire = msgspec.msgpack.encode(detector.keep(name))
        other.resume(msgspec.msgpack.decode(wire, type=WorkloadKept))
    return other


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 50), st.lists(st.integers(1, 1900), min_size=1, max_size=3).map(sorted), st.permutations([WORKLOAD, OTHER]))
def test_a_workload_that_moves_to_another_process_goes_on_to_the_last_byte(seed, cuts, names):
    log = _log(seed)
    detector, said = _detector(), []
    for first, last in zip([0, *cuts], [*cuts, len(log)], strict=True):
        seen = detector.observe_many([Arrival(one, one.time_unix_seconds) for one in log[first:last]])
        said += [(observation.skipped, observation.signals) for observation in seen]
        detector = _kept_over(detector, names)
    assert said == _said(log, [])
