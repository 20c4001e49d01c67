"""
What a forecast is asked about: a bound, the direction of harm, and how far ahead.
"""

from dataclasses import dataclass
from math import inf, isfinite

from rollguard_detector.plain.rows import BadRow


@dataclass(frozen=True, slots=True)
class Objective:
    """A bound that must not be passed, the direction of harm, and how far ahead it is asked about."""

    bound: float
    above: bool
    horizon_seconds: float


def read_objective(line: str) -> Objective:
    """Return what `#slo threshold=X direction=above|below horizon_s=S` says; raise BadRow where it says less."""
    told = dict(word.partition("=")[::2] for word in line.lstrip("#").split())
    try:
        bound, horizon, direction = float(told["threshold"]), float(told["horizon_s"]), told["direction"]
    except (KeyError, ValueError) as problem:
        raise BadRow(f"an objective needs threshold, direction and horizon_s: {problem}") from None
    if direction not in {"above", "below"} or not (isfinite(bound) and 0.0 < horizon < inf):
        raise BadRow("an objective's direction is above or below, its threshold finite and its horizon positive")
    return Objective(bound, above=direction == "above", horizon_seconds=horizon)


def read_duration(text: str) -> float:
    """Return seconds from `600`, `90s`, `10m`, `2h` or `1d`; raise ValueError for anything else."""
    unit = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}.get(text[-1:])
    seconds = float(text[:-1]) * unit if unit else float(text)
    if not 0.0 < seconds < inf:
        raise ValueError(f"{text!r} is no duration")
    return seconds
