"""
A control of another hour: what the time of day explains is divided out, and a mean may differ by what periods differ.
"""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.test_trials import ERRORS, detector, in_time, ratio, rollout, said
from detector.worlds import LATENCY, WORKLOAD, compared, point, policy
from rollguard_detector.core.comparison.periods import LEAST_PERIODS, PERIOD_WINDOWS, difference_allowed
from rollguard_detector.core.comparison.season import UNITS, HourSum, shape_of
from rollguard_detector.core.detector import Detector
from rollguard_detector.core.trials.hours import HourBook, KeptHour
from rollguard_detector.core.trials.tallies import Bucketed, Counted, Summed, tally_of
from rollguard_schemas.policies import ComparedMetric
from rollguard_schemas.policy_guards import Guards

HOUR = 3_600.0
WINDOW = 1_800.0
BORN, ROLLED_OUT = 2 * HOUR, 4 * 24 * HOUR + 14 * HOUR  # the control at the quietest hour, the candidate at the busiest


def hourly(days, level, *, n=10_000):
    """Return the hours of some days of a rate by the hour of the day."""
    return [HourSum(24 * day + hour, n, round(n * level(hour)) * UNITS) for day in range(days) for hour in range(24)]


def wave(hour):
    return 0.05 * (1.0 + 0.8 * np.sin(2.0 * np.pi * (hour - 8.0) / 24.0))


def test_what_several_days_agree_on_is_divided_out():
    shape = shape_of(hourly(3, wave))
    assert shape.ratio(14.5 * HOUR, 2.5 * HOUR) == pytest.approx(wave(14) / wave(2), rel=1e-3)
    assert shape.ratio(2.5 * HOUR, 14.5 * HOUR) == pytest.approx(wave(2) / wave(14), rel=1e-3)


def test_two_days_are_no_habit_and_an_hour_that_was_not_seen_divides_nothing():
    assert shape_of(hourly(2, wave)) is None
    mornings = [one for one in hourly(3, wave) if one.hour % 24 < 12]
    assert shape_of(mornings).ratio(14.5 * HOUR, 2.5 * HOUR) == 1.0


def test_an_hour_on_which_the_days_do_not_agree_is_not_known_and_one_odd_day_among_many_does_not_move_it():
    odd = [one._replace(units=5 * one.units) if one.hour == 14 else one for one in hourly(3, wave)]
    assert shape_of(odd).ratio(14.5 * HOUR, 2.5 * HOUR) == 1.0
    seven = [one._replace(units=2 * one.units) if one.hour == 14 else one for one in hourly(7, wave)]
    assert shape_of(seven).ratio(14.5 * HOUR, 2.5 * HOUR) == shape_of(hourly(7, wave)).ratio(14.5 * HOUR, 2.5 * HOUR)


@given(st.permutations(range(12)))
def test_hours_do_not_mind_the_order_and_a_rollout_takes_what_was_before_it(order):
    tallies = [Summed(3, 0.1 * one) for one in range(12)]
    straight, shuffled = HourBook(), HourBook()
    for one in range(12):
        straight.add("m", one * HOUR, tallies[one])
    for one in order:
        shuffled.add("m", one * HOUR, tallies[one])
    assert sorted(straight.kept()) == sorted(shuffled.kept())
    assert HourBook(straight.kept()).kept() == straight.kept()
    assert straight.shapes(12 * HOUR) == {}


@given(st.floats(-1e30, 1e30), st.integers(1, 50))
def test_what_is_kept_of_hours_goes_over_the_wire_however_large_the_numbers(value, samples):
    book = HourBook()
    for _ in range(samples):
        book.add("disk_write_bytes", 0.0, Summed(1, value))
    wire = msgspec.msgpack.encode(book.kept())
    assert HourBook(msgspec.msgpack.decode(wire, type=tuple[KeptHour, ...])).kept() == book.kept()


def test_a_point_that_claims_more_events_than_there_can_be_counts_none():
    ratio = point(None, kind="ratio", numerator=1e20, denominator=1e25)
    assert tally_of(ratio, None, None, less_is_worse=False) is None
    buckets = point(None, kind="histogram", bounds=(1.0,), counts=(1 << 50, 1), temporality="delta")
    assert tally_of(buckets, None, None, less_is_worse=False) is None


def test_hours_are_bounded_and_a_distribution_has_none():
    book = HourBook()
    for hour in range(400):
        book.add("m", hour * HOUR, Counted(10, 1))
    book.add("h", 0.0, Bucketed((1.0,), (3,)))
    assert 168 <= len(book.kept()) <= 216


def log_of(level, *, worse=1.0, seed=5):
    """Return the errors of a revision of four days, and those of its successor, by the hour of the day."""
    rng, found = np.random.default_rng(seed), []
    for at in np.arange(BORN, ROLLED_OUT + 6 * HOUR, WINDOW):
        bad = rng.binomial(4_000, level(at / HOUR % 24.0) * (worse if at >= ROLLED_OUT else 1.0))
        found.append(ratio(at + 3.0, bad, 4_000, revision="2" if at >= ROLLED_OUT else "1"))
    return found


def watched():
    rules = compared(policy(), metrics=(ERRORS,), window_seconds=WINDOW)
    spec = msgspec.structs.replace(rules.spec, guards=Guards(rollout_window_seconds=6 * HOUR))
    found = Detector()
    found.take_policy(WORKLOAD, msgspec.structs.replace(rules, spec=spec))
    found.take_rollout(rollout(ROLLED_OUT))
    return found


@pytest.mark.parametrize(("level", "worse", "expected"), [(wave, 1.0, False), (wave, 3.0, True)])
def test_a_healthy_release_at_the_busiest_hour_is_not_taken_for_a_bad_one(level, worse, expected):
    found = said(watched(), log_of(level, worse=worse))
    assert ("degraded" in {one.verdict for one in found}) is expected
    assert {one.control for one in found} == {"equal-age"}
    assert "the time of day explains" in found[-1].evidence.summary


def test_the_shape_goes_on_in_another_process_as_if_nothing_had_been():
    log = log_of(wave)
    straight, first, second = watched(), watched(), watched()
    cut = len(log) - 3
    expected, begun = said(straight, log), said(first, log[:cut])
    second.resume(first.keep(WORKLOAD))
    assert begun + said(second, log[cut:]) == expected


def gauge(minutes, level, *, revision, start=0, seed=1):
    rng = np.random.default_rng(seed)
    return [
        point(level * (1.0 + 0.05 * rng.standard_normal()), at=60.0 * (start + one), revision=revision) for one in range(minutes)
    ]


@pytest.mark.parametrize(("before", "verdict"), [(12, "inconclusive"), (30, "degraded")])
def test_a_mean_at_equal_age_acts_only_where_it_is_known_how_far_periods_differ(before, verdict):
    log = in_time(gauge(before, 0.05, revision="1"), gauge(30, 0.15, revision="2", start=before, seed=2))
    found = said(detector(ComparedMetric(metric=LATENCY), events=(rollout(60.0 * before),)), log)
    assert found[-1].verdict == verdict
    assert ("it does not act" in found[-1].evidence.summary) is (verdict == "inconclusive")


def test_a_mean_that_differs_from_period_to_period_anyway_is_no_evidence():
    restless = in_time(*(gauge(10, level, revision="1", start=10 * place) for place, level in enumerate((0.03, 0.09, 0.05))))
    found = said(detector(ComparedMetric(metric=LATENCY)), in_time(restless, gauge(30, 0.12, revision="2", start=30, seed=2)))
    assert {one.verdict for one in found} == {"inconclusive"}


def test_periods_of_a_control_bound_the_next_one_as_often_as_stated():
    """Prediction of one period by others: of 4,000 draws at most the stated share lies beyond."""
    rng, alpha = np.random.default_rng(3), 0.05
    beyond = 0
    for _ in range(4_000):
        levels = rng.normal(1.0, 0.1, LEAST_PERIODS + 1)
        allowed = difference_allowed(np.repeat(levels[1:], PERIOD_WINDOWS).tolist(), alpha)
        beyond += levels[0] > levels[1] + allowed
    assert beyond / 4_000 < alpha
    assert beyond > 0


def test_too_few_periods_allow_nothing_to_be_said():
    assert difference_allowed([1.0] * (LEAST_PERIODS * PERIOD_WINDOWS - 1), 0.01) is None
    assert difference_allowed([1.0] * 40, 0.01) == 0.0
