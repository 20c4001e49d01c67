"""
How often a healthy rollout would have been taken back, with how sure one may be of it.

The interval is Wilson's (1927), which stays honest where nothing false was seen: none in 20 healthy rollouts is no promise of none.
"""

import math

import msgspec

_Z_95 = 1.959964  # the standard normal's 97.5 % point


class FalseRate(msgspec.Struct, frozen=True, kw_only=True):
    """``false`` of ``rollouts`` healthy ones were taken back; the rate and its interval are shares of 1."""

    rollouts: int
    false: int
    rate: float | None
    low: float
    high: float


def false_rate(*, rollouts: int, false: int) -> FalseRate:
    """Return the rate with its 95 % interval; of no rollouts, no rate and the whole interval."""
    if rollouts == 0:
        return FalseRate(rollouts=0, false=false, rate=None, low=0.0, high=1.0)
    rate, z2 = min(1.0, false / rollouts), _Z_95**2
    centre = (rate + z2 / (2 * rollouts)) / (1 + z2 / rollouts)
    half = _Z_95 / (1 + z2 / rollouts) * math.sqrt(rate * (1 - rate) / rollouts + z2 / (4 * rollouts**2))
    return FalseRate(rollouts=rollouts, false=false, rate=rate, low=max(0.0, centre - half), high=min(1.0, centre + half))
