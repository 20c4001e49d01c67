"""
How much of a level the next sample takes where its half-life was told in seconds of event time.

The rule: what lies a half-life back counts half, however often the series was sampled meanwhile. No exponential of a library, whose
last bits differ between one number and many, but the first terms of its series: a bank and its one-series form say the same bits.
Of a level sampled once a half-life they leave 0.5004, sampled more often closer to a half; after longer gaps up to 0.012 too much.
"""

from math import log

BY_STEPS = 0.0  # none was told: the level goes by the usual step of its series, as it does where nobody knows better
LOG_TWO = log(2.0)
MOST_LIFE = 64.0  # beyond, nothing of the level is left, and the terms stay finite


def share(elapsed_seconds: float, half_life_seconds: float, quicker: float = 1.0) -> float:
    """Return the share, in [0, 1), of a sample so long after the one before; of a level that is so many times quicker."""
    life = min(elapsed_seconds / half_life_seconds * quicker * LOG_TWO, MOST_LIFE)
    grown = life * (1.0 + life / 2.0 * (1.0 + life / 3.0 * (1.0 + life / 4.0)))
    return grown / (1.0 + grown)
