"""
What a model found, in words that a person can check: which model, how odd, how unlikely, and which channels answer for it.
"""

from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

Kind = Literal["distance", "relation", "largest", "mean", "score", "forecast", "drift"]
Direction = Literal["up", "down"]


class Contribution(msgspec.Struct, frozen=True):
    """A channel's share of what was found, and on which side of the expected it lies."""

    channel: str
    share: float
    direction: Direction


class Finding(msgspec.Struct, frozen=True):
    """
    One thing that a model found at one tick.

    ``kind`` says what the score is: Mahalanobis ``distance`` (as a normal deviate), the largest deviation from what the other
    channels let expect (a ``relation`` is broken), the ``largest`` deviation, the ``mean`` of the channels' e-values, a named
    scorer's ``score``, the largest error of a ``forecast`` in deviations, or the recent deviation of a channel whose usual value
    has a ``drift``. The tail probability is the score's rank among the recent ones; it and the evidence are None where a model
    states none. Contributions sum to 1, largest first.
    """

    kind: Kind
    model: str
    at_seconds: float
    score: float
    tail_probability: float | None
    evidence: float | None
    contributions: tuple[Contribution, ...]


def contributions(parts: Mapping[str, float], signs: Mapping[str, float]) -> tuple[Contribution, ...]:
    """Return the parts as shares of their sum, equal ones where all are 0; the sign of each channel gives its direction."""
    total = sum(max(part, 0.0) for part in parts.values())
    shares = {name: max(part, 0.0) / total if total > 0.0 else 1.0 / len(parts) for name, part in parts.items()}
    ordered = sorted(shares, key=lambda name: (-shares[name], name))
    return tuple(Contribution(name, shares[name], "up" if signs[name] >= 0.0 else "down") for name in ordered)


def left_out(score: Callable[[Mapping[str, float]], float | None], values: Mapping[str, float]) -> Mapping[str, float]:
    """Return for each channel what the score loses without it; a channel that hid something has a negative part."""
    whole = score(values) or 0.0
    return {name: whole - (score({one: values[one] for one in values if one != name}) or 0.0) for name in values}
