"""
The detector as a whole: the same log gives the same signals, and no point, however odd, breaks it.
"""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.worlds import (
    ACCURACY_OBJECTIVE,
    LATENCY,
    LATENCY_OBJECTIVE,
    START,
    WORKLOAD,
    climb,
    observe,
    of_type,
    point,
    points,
    policy,
    watching,
)
from rollguard_detector.core.arrivals import NO_ROW, Arrivals
from rollguard_detector.core.detector import Detector, Limits
from rollguard_schemas import codec
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.signals import BreachForecast, ObjectiveBreached, ObjectiveRecovered
from rollguard_schemas.topics import SIGNALS

odd_numbers = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([0.0, -0.0, 1e-308, 5e-324, 1e149, -1e149, 0.05, 0.3])
)


@st.composite
def odd_points(draw):
    kind = draw(st.sampled_from(["gauge", "counter", "ratio"]))
    numbers = (
        {"numerator": draw(odd_numbers), "denominator": abs(draw(odd_numbers))} if kind == "ratio" else {"value": draw(odd_numbers)}
    )
    return MetricPoint(
        workload=WORKLOAD,
        time_unix_seconds=START + draw(st.floats(0, 100)),
        metric=LATENCY,
        kind=kind,
        revision=draw(st.sampled_from([None, "7", "8"])),
        **numbers,
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(odd_points(), max_size=80))
def test_no_point_breaks_the_detector_or_makes_it_say_what_json_cannot(stretch):
    for signal in observe(watching(), stretch):
        codec.encode(SIGNALS, signal, source="/test")  # refuses NaN and infinities
        assert msgspec.json.decode(msgspec.json.encode(signal), type=type(signal)) == signal


def test_what_is_no_number_leaves_the_models_as_they_were():
    clean = points(climb(np.random.default_rng(5), quiet=60, noise=0.05))
    spoilt = [one for good in clean for one in (msgspec.structs.replace(good, value=math.nan), good)]
    assert observe(watching(), spoilt) == observe(watching(), clean)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000))
def test_the_same_points_give_the_same_signals_to_the_last_byte(seed):
    stretch = points(climb(np.random.default_rng(seed), quiet=60, noise=0.1, samples=90))
    first, second = observe(watching(), stretch), observe(watching(), stretch)
    assert len(first) > 1
    assert msgspec.json.encode(first) == msgspec.json.encode(second)


def test_a_series_does_not_depend_on_the_series_beside_it():
    alone = points(climb(np.random.default_rng(5), quiet=60, noise=0.05))
    beside = [one for index, good in enumerate(alone) for one in (good, point(9.0, at=index, metric="other"))]
    assert of_type(observe(watching(), beside), BreachForecast) == of_type(observe(watching(), alone), BreachForecast)


def test_a_point_that_lies_too_far_ahead_is_refused():
    detector = Detector()
    ahead = point(at=3601)
    assert detector.observe(ahead, received_at_seconds=START).skipped == "future"
    assert detector.observe(ahead, received_at_seconds=START + 2).skipped is None


def test_a_record_without_an_append_time_refuses_nothing():
    assert Detector().observe(point(at=3601), received_at_seconds=0.0).skipped is None


def test_more_series_than_allowed_are_refused_and_the_known_ones_go_on():
    detector = Detector(Limits(max_series=2))
    seen = [detector.observe(point(metric=name, at=1), received_at_seconds=START).skipped for name in ("a", "b", "c")]
    assert seen == [None, None, "series-ceiling"]
    assert detector.observe(point(metric="a", at=2), received_at_seconds=START).skipped is None
    assert detector.series_count == 2


def test_one_workload_cannot_take_the_room_of_the_others():
    detector = Detector(Limits(max_series=9, max_series_a_workload=2))
    seen = [detector.observe(point(metric=name, at=1), received_at_seconds=START).skipped for name in ("a", "b", "c")]
    assert seen == [None, None, "workload-ceiling"]
    other = msgspec.structs.replace(point(metric="c", at=1), workload="shop/other")
    assert detector.observe(other, received_at_seconds=START).skipped is None


def test_a_workload_at_its_ceiling_lets_go_of_what_fell_silent():
    detector = Detector(Limits(max_series=9, max_series_a_workload=2))
    for name in ("a", "b"):
        detector.observe(point(metric=name), received_at_seconds=START)
    assert detector.observe(point(metric="c", at=4000), received_at_seconds=START + 4000).skipped is None
    assert detector.series_count == 1


def test_memory_is_predicted_from_what_is_kept_and_tells_how_many_series_fit():
    detector = Detector()
    assert detector.predicted_bytes == 0.0
    detector.observe(point(), received_at_seconds=START)
    a_series = detector.predicted_bytes
    assert a_series > detector.bytes_a_series
    assert detector.footprint.of(100, 0) == pytest.approx(100 * a_series)
    assert detector.footprint.series_within(detector.footprint.of(70, 70)) == 70


def test_series_that_fell_silent_make_room():
    detector = Detector(Limits(max_series=2))
    for name in ("a", "b"):
        detector.observe(point(metric=name), received_at_seconds=START)
    assert detector.observe(point(metric="c", at=4000), received_at_seconds=START + 4000).skipped is None
    assert detector.series_count == 1


def test_a_point_of_a_series_that_gives_its_row_back_before_its_turn_is_not_taken_for_anothers():
    detector = Detector(Limits(max_series=2))
    for name in ("a", "b"):
        detector.observe(point(metric=name), received_at_seconds=START)
    late = [point(metric="a", at=4000), point(metric="b", at=4001)]
    rows = np.array([NO_ROW, *(detector.row_of(one) for one in late)])
    times, values = np.array([0.0, *(one.time_unix_seconds for one in late)]), np.array([0.0, 1.0, 2.0])
    led = detector.observe_columns(
        Arrivals(rows, times, values, np.full(3, START + 4001), {0: point(metric="c", at=3999)}, [None], np.zeros(3, np.intp))
    )
    assert led.skipped == {2: "series-ceiling"}
    assert {detector.row_of(point(metric=name)) == NO_ROW for name in "ac"} == {False}


def test_an_unchanged_objective_keeps_its_episode_when_the_policy_is_written_again():
    detector = watching()
    observe(detector, points([0.4] * 10))
    detector.take_policy(WORKLOAD, policy(LATENCY_OBJECTIVE, ACCURACY_OBJECTIVE))
    again = observe(detector, points([0.4] * 10, start=10))
    assert not of_type(again, ObjectiveBreached)
    healthy = observe(detector, points([0.05] * 30, start=20))
    assert len(of_type(healthy, ObjectiveRecovered)) == 1


def test_without_a_policy_nothing_is_promised():
    detector = watching()
    detector.take_policy(WORKLOAD, None)
    assert not of_type(observe(detector, points([0.4] * 10)), ObjectiveBreached)


def test_every_signal_belongs_on_the_topic():
    signals = observe(watching(), points(climb(np.random.default_rng(5), quiet=60, noise=0.05, samples=90)))
    assert {type(signal) for signal in signals} <= set(SIGNALS.events)


def test_the_evidence_reads_as_a_sentence():
    first, *_ = of_type(observe(watching(), points(climb(np.random.default_rng(5), quiet=60, noise=0.05))), BreachForecast)
    words = first.evidence.summary
    assert words.startswith(f"{LATENCY} is 0.")
    assert " s and climbs 0.00" in words
    assert "likely above 0.25 s within 60 s, most likely in " in words
    assert first.evidence.unit == "s"
