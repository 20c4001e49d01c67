"""
The views of a series' way to its bound, a row a view: what ``core/outlook/gauge`` tells, from the same quantities.
"""

from typing import NamedTuple

import numpy as np

from rollguard_detector.core.banks.bank import Floats
from rollguard_detector.core.banks.outlooks.lines import Lines
from rollguard_detector.core.banks.outlooks.scales import bent, clip, log_ratio
from rollguard_detector.core.banks.outlooks.straight import Ahead
from rollguard_detector.core.outlook.gauge import TINY, VIEWS


class Usual(NamedTuple):
    """What was usual so far: a base, moments of the gap and of what it moves in a sample and in a horizon, and extremes."""

    base: Floats
    elapsed_all: Floats
    mean: Floats
    variance: Floats
    step_variance: Floats
    slot_variance: Floats
    slot_product: Floats
    closest: Floats
    oldest: Floats
    breached: Floats


def views(gap: Floats, horizon: Floats, trends: Lines, usual: Usual, straight: Ahead) -> Floats:
    """Return (views, rows); ``gap`` is the median of the last ones."""
    base, elapsed_all, mean, variance, step_variance, slot_variance, slot_product, closest, oldest, breached = usual
    closest = np.minimum(closest, base)
    scale_all = np.sqrt(variance)
    floor = 1e-9 * (np.abs(base) + np.abs(gap)) + TINY
    ahead, far = np.maximum(gap, floor), np.maximum(base, floor)
    diffusion = np.sqrt(np.maximum(slot_variance - step_variance, 0.1 * slot_variance)) + floor
    memory = np.where(variance > 0.0, clip(slot_product / np.where(variance > 0.0, variance, 1.0), 0.0, 0.99), 0.0)
    expected = mean + memory * (gap - mean)
    move, drifted = -trends.slope * horizon, horizon * trends.slope_error
    told = np.empty((len(VIEWS), len(gap)))
    told[0:2] = log_ratio(ahead, trends.scatter[:2] + floor)
    told[2] = log_ratio(ahead, scale_all + floor)
    told[3] = clip(1.0 - gap / far, -1.0, 1.5)
    told[4:6] = clip(1.0 - gap / np.maximum(trends.level[2:0:-1], floor), -1.0, 1.5)
    told[6:9] = bent((move - trends.level) / (np.sqrt(trends.scatter * trends.scatter + drifted * drifted) + floor))
    told[9:12] = clip(move / np.maximum(trends.level, floor), -2.0, 4.0)
    told[12:15] = bent(-trends.slope / (trends.slope_error + floor / horizon))
    told[15] = log_ratio(ahead, diffusion)
    told[16] = bent(-trends.slope[1] * horizon / diffusion)
    told[17] = bent(-expected / (np.sqrt(variance * (1.0 - memory * memory)) + floor))
    told[18] = memory
    told[19] = clip((closest - gap) / (np.abs(base - np.minimum(closest, gap)) + scale_all + floor), -2.0, 2.0)
    told[20] = clip(1.0 - closest / far, -1.0, 1.5)
    told[21] = np.minimum(np.log(1.0 + elapsed_all / horizon), 4.0)
    told[22] = clip((oldest - gap) / ahead, -2.0, 3.0)
    told[23] = breached
    told[24] = straight.evidence
    told[25] = np.minimum(np.log(1.0 + straight.span / horizon), 3.0)
    return told
