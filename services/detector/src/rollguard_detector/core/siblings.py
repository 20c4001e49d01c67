"""
From which sibling a new series starts: one metric of one workload under other labels, as a pod that joins its fellows.

The rule: only what is shown alike is taken for alike. Several siblings must know what is usual and agree on it, and the first
number of the new series must lie where they lie; else it learns from nothing. A route or a tenant with a level of its own would be
called unusual from its first sample otherwise.
"""

import numpy as np

from rollguard_detector.core.banks.bank import Floats

LEAST = 3  # of two that agree, either may be the odd one
MOST = 16  # asked, those that came first: more would only cost time
_CLOSE_DEVIATIONS = 3.0
_AGREEING_SHARE = 0.75  # one pod of a handful may be ill


def alike(value: float, levels: Floats, deviations: Floats) -> int | None:
    """Return the place of the sibling in whose place the new one stands; None where they disagree, or it does not fit in."""
    if len(levels) < LEAST:
        return None
    middle, reach = np.median(levels), _CLOSE_DEVIATIONS * np.median(deviations)
    away = np.abs(levels - middle)
    agreeing = int((away <= reach).sum())
    fits = abs(value - middle) <= reach and agreeing >= max(LEAST, _AGREEING_SHARE * len(levels))
    return int(np.argmin(away)) if fits else None
