"""
Least squares with forgetting for many lines at once: the moments of ``core/outlook/trend``, in the same order of operations.
"""

from typing import NamedTuple

import numpy as np

from rollguard_detector.core.banks.bank import Floats

LN2 = float(np.log(2.0))
MOMENTS = 6  # weight, t, tt, y, ty, yy


class Lines(NamedTuple):
    """Lines as they stand now."""

    level: Floats
    slope: Floats
    scatter: Floats
    slope_error: Floats
    weight: Floats
    mean_t: Floats
    spread_t: Floats


def kept(elapsed_seconds: Floats, half_life_seconds: Floats) -> Floats:
    """Return what is left of a weight."""
    return np.exp(-LN2 * elapsed_seconds / half_life_seconds)


def learn(moments: Floats, values: Floats, step: Floats, keep: Floats) -> None:
    """Take a value into each line, in place; ``moments`` is (MOMENTS, ...)."""
    weight, t, tt, y, ty, yy = moments
    tt[...] = keep * (tt - step * (2.0 * t - step * weight))
    ty[...] = keep * (ty - step * y)
    t[...] = keep * (t - step * weight)
    weight[...] = keep * weight + 1.0
    y[...] = keep * y + values
    yy[...] = keep * yy + values * values


def fitted(moments: Floats) -> Lines:
    """Return the lines; one without two instants is level, and one without a value is nought."""
    weight, t, tt, y, ty, yy = moments
    some = np.where(weight > 0.0, weight, 1.0)
    mean_t, mean_y = t / some, y / some
    spread_t = np.maximum(tt - t * mean_t, 0.0)
    spread_y = np.maximum(yy - y * mean_y, 0.0)
    is_line = spread_t > 0.0
    spread = np.where(is_line, spread_t, 1.0)
    slope = np.where(is_line, (ty - t * mean_y) / spread, 0.0)
    rest = np.maximum(spread_y - slope * slope * spread_t, 0.0) / np.where(is_line, np.maximum(weight - 2.0, 0.5), some)
    slope_error = np.where(is_line, np.sqrt(rest / spread), 0.0)
    return Lines(mean_y - slope * mean_t, slope, np.sqrt(rest), slope_error, weight, mean_t, spread_t)
