"""
What an argument on the command line may say, and what to write where it says something else.
"""

import argparse
from math import inf, nan

from rollguard_detector.plain.objectives import read_duration


def duration(text: str) -> float:
    """Return seconds, or refuse what is no duration."""
    try:
        return read_duration(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration; write 90s, 10m, 2h or 1d") from None


def share(text: str) -> float:
    """Return a number between 0 and 1, or refuse another."""
    told = _number(text)
    if not 0.0 < told < 1.0:
        raise argparse.ArgumentTypeError(f"{text} is no share; write a number between 0 and 1, as 0.01 for one in 100")
    return told


def margin(text: str) -> float:
    """Return a number that is not negative, or refuse another."""
    told = _number(text)
    if not 0.0 <= told < inf:
        raise argparse.ArgumentTypeError(f"{text} is no margin; write a share of the control's, as 0.1 for a tenth")
    return told


def _number(text: str) -> float:
    """Return a number, or one that is within no bounds."""
    try:
        return float(text)
    except ValueError:
        return nan
