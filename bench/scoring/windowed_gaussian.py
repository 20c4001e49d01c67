"""
The rival that detection has to beat: a windowed Gaussian whose repeated alarms are merged.

It is what many teams run: how many deviations is a value away from the mean of its recent past? Left alone it rings at every row of
an incident; merged, it says an incident once, and that alone makes it hard to beat. The score does not saturate, so one threshold
serves. Its constants are the best of a small grid on NAB and on Microsoft's set, so that it is no straw man.
"""

from collections import deque
from collections.abc import Iterable
from math import sqrt

_WINDOW_ROWS = 3000
_FIRST_ROWS = 50
_SILENCE_SHARE, _LEAST_SILENCE_ROWS = 0.02, 10  # of the rows so far; as long after a row only a higher one is news


def scores(values: Iterable[float]) -> list[float]:
    """Return a score in [0, 1) a value, from that value and those before it alone."""
    window: deque[float] = deque(maxlen=_WINDOW_ROWS)
    origin, total, squares = 0.0, 0.0, 0.0
    said: list[float] = []
    for value in values:
        origin = value if not window else origin
        count = max(len(window), 1)
        mean = total / count
        deviation = sqrt(max(squares / count - mean * mean, 0.0))
        far = abs(value - origin - mean)
        said.append(far / (far + 4.0 * deviation) if len(window) >= _FIRST_ROWS and deviation > 0.0 else 0.0)
        gone = window[0] - origin if len(window) == _WINDOW_ROWS else 0.0
        window.append(value)
        total += value - origin - gone
        squares += (value - origin) ** 2 - gone * gone
    return merged(said)


def merged(said: list[float]) -> list[float]:
    """Return the scores with 0 for each that does not exceed all of the rows before it, as far as the silence reaches."""
    kept: list[float] = []
    falling: deque[tuple[int, float]] = deque()  # rows that could still silence a later one, highest first
    for row, score in enumerate(said):
        silence = max(_LEAST_SILENCE_ROWS, _SILENCE_SHARE * row)
        while falling and falling[0][0] < row - silence:
            falling.popleft()
        kept.append(score if not falling or score > falling[0][1] else 0.0)
        while falling and falling[-1][1] <= score:
            falling.pop()
        falling.append((row, score))
    return kept
