"""
Evidence: why a signal was given, in numbers and in a sentence that a person can read at 3 a.m.
"""

import msgspec

from rollguard_schemas.fields import Count, Name


class Quantiles(msgspec.Struct, frozen=True, kw_only=True):
    """Three points of a distribution; an open end is null (a time to breach that may never come)."""

    p10: float | None
    p50: float | None
    p90: float | None


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """How much one series adds to the evidence, as a share of the whole."""

    series: Name
    share_ratio: float
    observed: float | None = None
    expected: float | None = None


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen, what was expected, and from how much."""

    summary: str
    observed: float | None = None
    expected_low: float | None = None
    expected_high: float | None = None
    unit: str = ""
    samples: Count = 0
    contributions: tuple[Contribution, ...] = ()
