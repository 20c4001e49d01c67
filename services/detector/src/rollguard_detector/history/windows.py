"""
How much of a range query is asked for at once.

A server refuses more than 11,000 points a series, and more samples than it likes to load; a client must hold the answer in memory.
So a window grows towards a fixed number of points in the answer, and halves when it was too much.
"""

SERVER_LIMIT_STEPS = 11_000  # Prometheus refuses more points a series
_FIRST_STEPS = 8  # nobody knows yet how many series there are
_WANTED_POINTS = 100_000
_LARGEST_GROWTH = 4


class Window:
    """How many steps the next query asks for."""

    def __init__(self, steps: int = _FIRST_STEPS) -> None:
        self.steps = steps

    def fit(self, *, steps: int, points: int) -> None:
        """Learn from an answer: so many points came for so many steps."""
        wanted = _WANTED_POINTS * steps // max(points, 1)
        self.steps = max(1, min(wanted, _LARGEST_GROWTH * self.steps, SERVER_LIMIT_STEPS))

    def shrink(self) -> bool:
        """Ask for half as much from now on; false where it is one step already."""
        if self.steps == 1:
            return False
        self.steps //= 2
        return True
