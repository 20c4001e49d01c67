"""
The line: held to numpy's weighted least squares, and to keep its digits where Unix times and bytes would cost them.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollguard_detector.core.line import Line

steps = st.lists(st.tuples(st.floats(0.1, 20), st.floats(-100, 100)), min_size=6, max_size=40)


def _line(samples, half_life=30.0, start=0.0):
    line, at = Line(half_life), start
    times = []
    for step, value in samples:
        at += step
        times.append(at)
        line.add(value, at)
    return line, np.array(times), np.array([value for _, value in samples])


@given(steps)
def test_the_line_is_the_one_of_weighted_least_squares(samples):
    line, times, values = _line(samples)
    fit = line.fit()
    if fit is None:  # too few effective samples: the last gap outweighs the past
        return
    weights = np.exp2(-(times[-1] - times) / 30.0)
    slope, level = np.polyfit(times - times[-1], values, 1, w=np.sqrt(weights))
    assert fit.slope == pytest.approx(slope, abs=1e-6)
    assert fit.level == pytest.approx(level, abs=1e-5)


@given(steps)
def test_its_variances_are_those_of_repeated_noise(samples):
    line, times, _ = _line(samples)
    fit = line.fit()
    if fit is None:  # as above
        return
    weights = np.exp2(-(times[-1] - times) / 30.0)
    design = np.stack([np.ones_like(times), times - times[-1]], axis=1)
    gain = np.linalg.solve(design.T @ (weights[:, None] * design), design.T * weights)
    covariance = gain @ gain.T
    assert fit.level_variance == pytest.approx(covariance[0, 0], rel=1e-5)
    assert fit.covariance == pytest.approx(covariance[0, 1], rel=1e-4, abs=1e-9)
    assert fit.slope_variance == pytest.approx(covariance[1, 1], rel=1e-5)


def test_unix_times_and_bytes_cost_no_digits():
    line, _, _ = _line([(1.0, 8e9 + 1000.0 * second) for second in range(60)], start=1.7e9)
    fit = line.fit()
    assert fit.slope == pytest.approx(1000.0, rel=1e-6)
    assert fit.residual_variance < 1.0


def test_samples_of_one_instant_make_no_line():
    line = Line(30.0)
    for value in range(10):
        line.add(float(value), 5.0)
    assert line.fit() is None
