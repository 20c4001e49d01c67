"""
Days of services: the family that the measurement of forecasts draws too, with seeds of its own.

So what the measurement says of its made-up group holds for roads of a kind that the network has seen.
"""

from dataclasses import replace

from scoring.bounded_stream import BoundedStream
from scoring.scenarios import scenarios

GROUP = "day"


def streams(seed: str) -> list[BoundedStream]:
    """Return the days of a seed."""
    return [replace(stream, unit=f"day{number}", group=GROUP) for number, stream in enumerate(scenarios(seed))]
