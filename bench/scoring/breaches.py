"""
What is a breach, and when is a forecast of one asked for?

A breach begins where the median of the last five samples reaches the bound after thirty samples on the good side, so that one wild
sample is none and a flutter at the bound is one. During a breach, and for thirty samples after it, no forecast is asked: everybody
knows. Nor in the first samples, where nobody can.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from scoring.bounded_stream import BoundedStream

MEDIAN_SAMPLES = 5
QUIET_SAMPLES = 30
FIRST_SAMPLES = 15


@dataclass(frozen=True, slots=True)
class Truth:
    """The samples at which breaches begin, and for each sample whether a forecast is asked for."""

    breaches: tuple[int, ...]
    asked: tuple[bool, ...]


def running_median(values: Sequence[float]) -> list[float]:
    """Return the median of the last five samples at each sample (the upper one of an even number)."""
    windows = (sorted(values[max(0, at - MEDIAN_SAMPLES + 1) : at + 1]) for at in range(len(values)))
    return [window[len(window) // 2] for window in windows]


def truth(stream: BoundedStream) -> Truth:
    """Return what became of a stream."""
    values, bound = stream.harm
    breaches, asked, since = [], [], QUIET_SAMPLES + 1
    for at, median in enumerate(running_median(values)):
        beyond, known = median >= bound, at >= FIRST_SAMPLES
        if beyond and known and since >= QUIET_SAMPLES:
            breaches.append(at)
        since = 0 if beyond else since + 1
        asked.append(known and since > QUIET_SAMPLES)
    return Truth(tuple(breaches), tuple(asked))
