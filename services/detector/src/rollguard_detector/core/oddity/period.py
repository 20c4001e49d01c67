"""
From a stated return period to the surprise that it takes: the one budget in which all views of oddity can be asked.
"""

from math import log10


def surprise_of(return_seconds: float, span_seconds: float, samples: int) -> float:
    """
    Return the surprise that comes by chance once in ``return_seconds``, to a series with so many samples in ``span_seconds``.

    A surprise says one in how many samples (of a silence: intervals); a series that is sampled more often has to be odder to be as
    rare in time. Raises ValueError where there is no span yet: whoever knows nothing has no return period.
    """
    if samples < 1 or span_seconds <= 0.0 or return_seconds <= 0.0:
        raise ValueError(f"no return period of {return_seconds} s from {samples} samples in {span_seconds} s")
    return log10(return_seconds * samples / span_seconds)
