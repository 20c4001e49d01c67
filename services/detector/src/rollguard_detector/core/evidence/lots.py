"""
Lots that a replay draws again: numbers in [0, 1) from the bits of what they are drawn for (splitmix64; Steele, Lea, Flood, 2014).

Equal values tie, and a tie that always counts as odd makes the tails of counts three times too rare. A tie broken by lot makes them
right; by a lot that depends on the log alone, it stays the same when the log is read again.
"""

from struct import pack, unpack

STEP, FIRST, SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
LOW_HALF = 0xFFFFFFFF
SHARE = 2.0**-32
_ALL = 0xFFFFFFFFFFFFFFFF


def draw(*numbers: float) -> tuple[float, float]:
    """Return two lots in [0, 1) for these numbers; 0.0 and -0.0 are the same."""
    mixed = 0
    for number in numbers:
        mixed = _splitmix(mixed ^ unpack("<Q", pack("<d", number + 0.0))[0])
    return (mixed >> 32) * SHARE, (mixed & LOW_HALF) * SHARE


def _splitmix(state: int) -> int:
    mixed = (state + STEP) & _ALL
    mixed = ((mixed ^ (mixed >> 30)) * FIRST) & _ALL
    mixed = ((mixed ^ (mixed >> 27)) * SECOND) & _ALL
    return mixed ^ (mixed >> 31)
