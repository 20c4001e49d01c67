"""
The forecast of a breach, on the worlds that it was made for: a climb is foreseen in time, and quiet is left alone.
"""

import numpy as np
import pytest

from detector.worlds import (
    ACCURACY_OBJECTIVE,
    START,
    climb,
    observe,
    observe_apart,
    of_type,
    point,
    points,
    watching,
)
from rollguard_schemas.signals import (
    AnomalyOpened,
    BreachForecast,
    ObjectiveBreached,
    ObjectiveRecovered,
    RevisionServing,
)

SAMPLES = 3_000
QUIET = {
    "normal": lambda rng: 1 + 0.3 * rng.standard_normal(SAMPLES),
    "lognormal": lambda rng: np.exp(0.5 * rng.standard_normal(SAMPLES) - 0.125),
    "student": lambda rng: 1 + 0.15 * rng.standard_t(4, SAMPLES),
    "correlated": lambda rng: 1 + _correlated(rng, 0.8, 0.2),
    "outliers": lambda rng: 1 + 0.05 * rng.standard_normal(SAMPLES) + 4 * (rng.random(SAMPLES) < 0.01),
}


def _correlated(rng, correlation, deviation):
    shocks = rng.standard_normal(SAMPLES) * deviation * np.sqrt(1 - correlation**2)
    values = np.zeros(SAMPLES)
    for index in range(1, SAMPLES):
        values[index] = correlation * values[index - 1] + shocks[index]
    return values


@pytest.mark.parametrize("quiet", [0, 30, 300])
@pytest.mark.parametrize("horizon_seconds", [60.0, 120.0])
def test_a_steady_climb_is_forecast_ten_seconds_before_the_breach(quiet, horizon_seconds):
    climbs = {
        f"{noise}-{seed}": points(climb(np.random.default_rng(seed), quiet=quiet, noise=noise))
        for noise in (0.05, 0.1)
        for seed in range(8)
    }
    for signals in observe_apart(climbs, horizon_seconds=horizon_seconds).values():
        first, *_ = of_type(signals, BreachForecast)

        assert first.probability >= 0.9
        assert quiet < first.time_unix_seconds - START <= quiet + 40
        assert first.time_to_breach_seconds.p10 <= first.time_to_breach_seconds.p50 <= first.time_to_breach_seconds.p90


def test_the_time_to_breach_brackets_the_truth_in_most_climbs():
    hits = 0
    climbs = {str(seed): points(climb(np.random.default_rng(seed), quiet=60, noise=0.05)) for seed in range(40)}
    for signals in observe_apart(climbs).values():
        first = of_type(signals, BreachForecast)[0]
        truth = 110 - (first.time_unix_seconds - START)
        hits += first.time_to_breach_seconds.p10 <= truth <= first.time_to_breach_seconds.p90
    assert hits >= 28  # a calibrated 80 % range has 32 of 40


def test_stationary_noise_at_a_third_of_the_bound_says_nothing():
    noises = {f"{kind}-{seed}": QUIET[kind](np.random.default_rng(seed)) * 0.25 / 3 for kind in QUIET for seed in range(3)}
    for name, signals in observe_apart({name: points(noise) for name, noise in noises.items()}, horizon_seconds=120.0).items():
        assert [type(signal) for signal in signals] == [RevisionServing], name


@pytest.mark.parametrize("shift", [0.9, 1.05, 1.1])
def test_a_healthy_revision_with_a_small_level_shift_says_no_more_than_that_it_serves(shift):
    stretches = {}
    for seed in range(5):
        rng = np.random.default_rng(seed)
        before = points(0.1 * (1 + 0.05 * rng.standard_normal(300)), revision="7")
        after = points(0.1 * shift * (1 + 0.05 * rng.standard_normal(600)), start=300, revision="8")
        stretches[str(seed)] = before + after
    for signals in observe_apart(stretches).values():
        assert [(type(signal), signal.revision) for signal in signals] == [(RevisionServing, "7"), (RevisionServing, "8")]


def test_a_jump_that_stays_within_the_bound_is_no_climb():
    level = np.concatenate([np.full(300, 0.05), np.full(300, 0.15)])
    jumps = {str(seed): points(level * (1 + 0.08 * np.random.default_rng(seed).standard_normal(600))) for seed in range(5)}
    for signals in observe_apart(jumps, horizon_seconds=120.0).values():
        assert not of_type(signals, BreachForecast, ObjectiveBreached)
        assert len(of_type(signals, AnomalyOpened)) == 1


def _labelled(rng, accuracy, *, start=0.0):
    counts = rng.integers(20, 51, len(accuracy))
    return [
        point(
            None,
            at=start + index,
            metric="accuracy_ratio",
            kind="ratio",
            numerator=float(rng.binomial(n, share)),
            denominator=float(n),
        )
        for index, (n, share) in enumerate(zip(counts, accuracy, strict=True))
    ]


def test_an_accuracy_that_only_scatters_above_its_bound_says_nothing():
    stretches = {str(seed): _labelled(np.random.default_rng(seed), np.full(SAMPLES, 0.95)) for seed in range(3)}
    for signals in observe_apart(stretches, ACCURACY_OBJECTIVE, horizon_seconds=120.0).values():
        assert [type(signal) for signal in signals] == [RevisionServing]


def test_an_accuracy_that_sinks_is_mostly_forecast_before_it_lies_below_its_bound():
    # With so few labels a single sample scatters over a third of the way to the bound: now and then three bad ones come first.
    leads = []
    sinking = np.concatenate([np.full(120, 0.95), 0.95 - 0.001 * np.arange(160)])  # reaches the bound at 220 s
    stretches = {str(seed): _labelled(np.random.default_rng(seed), sinking) for seed in range(15)}
    for signals in observe_apart(stretches, ACCURACY_OBJECTIVE, horizon_seconds=600.0).values():
        first = of_type(signals, BreachForecast, ObjectiveBreached)[0]
        assert (first.direction, first.objective) == ("below", "accuracy")
        if isinstance(first, BreachForecast):
            leads.append(START + 220 - first.time_unix_seconds)
    assert len(leads) >= 10
    assert 15 <= np.median(leads) <= 100


def test_what_was_forecast_breaches_and_recovers_in_one_episode():
    rng = np.random.default_rng(1)
    bad = points(climb(rng, quiet=60, noise=0.05, samples=90), revision="8")
    good = points(0.05 * (1 + 0.05 * rng.standard_normal(60)), start=len(bad), revision="7")
    said = of_type(observe(watching(), bad + good), BreachForecast, ObjectiveBreached, ObjectiveRecovered)

    assert [type(signal) for signal in said][-2:] == [ObjectiveBreached, ObjectiveRecovered]
    assert isinstance(said[0], BreachForecast)
    assert len({signal.episode for signal in said}) == 1
    assert said[-1].revision == "7"


def test_an_open_forecast_is_repeated_every_thirty_seconds():
    values = 0.05 + 0.0005 * np.arange(400)  # reaches the bound with the last sample
    said = of_type(observe(watching(horizon_seconds=300.0), points(values)), BreachForecast)
    gaps = np.diff([signal.time_unix_seconds for signal in said])
    assert gaps.tolist() == [30.0] * len(gaps)
    assert len(gaps) >= 1
