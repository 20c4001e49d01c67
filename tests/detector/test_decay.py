"""
Robust level and scale: equal to river's where nothing is irregular or odd, and unmoved by what is.
"""

import numpy as np
import pytest
from river.stats import EWMean

from rollguard_detector.core.decay import RobustLevel, share


def test_at_regular_intervals_the_level_is_rivers_exponential_mean():
    weight = share(1.0, 60.0, 10**9)
    level, river = RobustLevel(), EWMean(weight)
    values = 5 + np.random.default_rng(1).uniform(-1, 1, 3000)
    for second, value in enumerate(values):
        level.learn(float(value), float(second))
        if second == 200:  # the plain mean of the first samples is ours; from there on both are the same recursion
            river = EWMean(weight)
            river.update(level.mean)
        elif second > 200:
            river.update(float(value))
            assert level.mean == pytest.approx(river.get(), rel=1e-12)


def test_one_outlier_of_any_size_moves_the_level_little():
    level = RobustLevel()
    for second, value in enumerate(1 + 0.1 * np.random.default_rng(2).standard_normal(500)):
        level.learn(float(value), float(second))
    before = level.mean
    level.learn(1e12, 500.0)
    assert abs(level.mean - before) < 0.1 * level.scale


def test_two_samples_after_half_the_time_weigh_as_one():
    twice = 1 - (1 - share(5.0, 60.0, 10**9)) ** 2
    assert twice == pytest.approx(share(10.0, 60.0, 10**9))


def test_a_constant_series_still_has_a_scale_unless_it_is_zero():
    constant, zero = RobustLevel(), RobustLevel()
    for second in range(50):
        constant.learn(4.0, float(second))
        zero.learn(0.0, float(second))
    assert constant.standardise(4.004) == pytest.approx(1.0)
    assert zero.standardise(0.0) == 0.0
    assert zero.standardise(1e-9) == 50.0
