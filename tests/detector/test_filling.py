"""
Limits that fill up, in the running detector: steady growth and wear have a date, and what comes back has none.
"""

import msgspec
import numpy as np
import pytest

from detector.worlds import WORKLOAD, observe, of_type, points, policy, watching
from rollguard_detector.core.arrivals import Arrival
from rollguard_detector.core.detector import Detector
from rollguard_detector.core.snapshots import WorkloadKept
from rollguard_schemas.policies import Objective
from rollguard_schemas.signals import BreachForecast, ObjectiveBreached, ObjectiveRecovered, ObjectiveSignal
from rollguard_schemas.slow_burns import Saturation

DISK = Objective(name="disk", metric="disk_used_ratio", above=0.9, saturation=Saturation(within_seconds=14_400.0))
FREE = Objective(name="free", metric="disk_free_ratio", below=0.1, saturation=Saturation(within_seconds=14_400.0))
BEARING = Objective(
    name="bearing", metric="vibration", above=30.0, saturation=Saturation(within_seconds=3_600.0, growth="accelerating")
)
RNG = np.random.default_rng(2)


def told(values, objective, *, step=60.0):
    detector = watching(objective, probability=0.8)
    return of_type(observe(detector, points(values, step=step, metric=objective.metric)), ObjectiveSignal)


def leak(samples, pace, *, teeth=0.05):
    """Grow by so much a minute, under garbage that is collected every seven minutes."""
    return 0.3 + pace * np.arange(samples) + teeth * (np.arange(samples) % 7) / 7 + 0.002 * RNG.random(samples)


def test_a_disk_that_will_be_full_in_time_is_a_forecast_with_a_date() -> None:
    first = told(leak(100, 0.004), DISK)[0]
    assert isinstance(first, BreachForecast)
    full_at = 150 * 60.0
    assert first.time_to_breach_seconds.p50 == pytest.approx(full_at - (first.time_unix_seconds - 1_700_000_000.0), rel=0.25)
    assert first.horizon_seconds == 14_400.0
    assert "within 4.0 h" in first.evidence.summary


def test_the_same_disk_told_as_what_is_free_is_the_same_forecast() -> None:
    values = leak(100, 0.004)
    one, other = told(values, DISK)[0], told(1.0 - values, FREE)[0]
    assert one.time_unix_seconds == other.time_unix_seconds
    assert one.probability == pytest.approx(other.probability, abs=1e-6)


def test_garbage_and_growth_that_takes_longer_are_no_forecast() -> None:
    assert told(leak(100, 0.0, teeth=0.4), DISK) == []
    assert told(leak(100, 0.0003), DISK) == []


def test_a_restart_gives_the_leak_back_and_ends_the_forecast() -> None:
    said = told(np.concatenate([leak(100, 0.004), leak(60, 0.0)]), DISK)
    assert {type(one) for one in said[:-1]} == {BreachForecast}
    assert isinstance(said[-1], ObjectiveRecovered)


def test_a_limit_that_is_reached_is_a_breach() -> None:
    assert isinstance(told(leak(160, 0.004), DISK)[-1], ObjectiveBreached)


def test_wear_is_called_before_a_straight_line_would() -> None:
    worn = 10.0 + 0.05 * np.exp(0.04 * np.arange(150)) + 0.05 * RNG.standard_normal(150)
    first = told(worn, BEARING)[0]
    assert isinstance(first, BreachForecast)
    assert 0.0 < first.time_to_breach_seconds.p50 < 3_600.0
    assert told(10.0 + 0.05 * RNG.standard_normal(80), BEARING) == []


def test_what_is_worn_out_from_the_first_sample_is_a_breach() -> None:
    said = told(40.0 + 0.05 * RNG.standard_normal(60), BEARING)
    assert [type(one) for one in said] == [ObjectiveBreached]


def _again(log, objective, cut):
    """Observe a log in pieces, the workload moving to another process between two."""
    detector, said = watching(objective, probability=0.8), []
    for begin in range(0, len(log), cut):
        seen = detector.observe_many([Arrival(one, one.time_unix_seconds) for one in log[begin : begin + cut]])
        said += [signal for observation in seen for signal in of_type(observation.signals, ObjectiveSignal)]
        wire = msgspec.msgpack.encode(detector.keep(WORKLOAD))
        detector = Detector()
        detector.take_policy(WORKLOAD, policy(objective, probability=0.8))
        detector.resume(msgspec.msgpack.decode(wire, type=WorkloadKept))
    return said


@pytest.mark.parametrize("objective", [DISK, BEARING], ids=lambda one: one.name)
def test_it_does_not_matter_where_a_poll_is_cut_nor_that_the_workload_moved_meanwhile(objective) -> None:
    values = leak(90, 0.004) if objective is DISK else 10.0 + 0.05 * np.exp(0.04 * np.arange(150)) + 0.05 * RNG.standard_normal(150)
    log = points(values, step=60.0, metric=objective.metric)
    whole = of_type(observe(watching(objective, probability=0.8), log), ObjectiveSignal)
    assert whole
    assert _again(log, objective, 23) == whole
