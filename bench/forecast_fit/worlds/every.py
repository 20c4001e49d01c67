"""
All families at once: what the network is fitted on beside recorded streams, and what it is judged by.
"""

from collections.abc import Iterable

from scoring.bounded_stream import BoundedStream

from forecast_fit.worlds import climb, day, line, own, wide

FAMILIES = {family.GROUP: family.streams for family in (day, own, wide, line, climb)}


def synthetic(seeds: Iterable[int]) -> list[BoundedStream]:
    """Return the streams of all families and these seeds."""
    return [stream for seed in seeds for streams in FAMILIES.values() for stream in streams(f"fit{seed}")]
