"""
What one window of time counted in either arm.

The rule: a window is counts, not rates. A rate of nothing is undefined, and would have to be guessed; a count of nothing is zero
and moves nothing.
"""

from typing import NamedTuple


class Window(NamedTuple):
    """Requests of either arm in a window, and how many of them were bad (failed, or beyond a bound)."""

    control_n: int
    control_bad: int
    candidate_n: int
    candidate_bad: int

    @property
    def bad(self) -> int:
        """How many were bad in both arms."""
        return self.control_bad + self.candidate_bad

    @property
    def compares(self) -> bool:
        """Whether both arms served, so that the window can say anything about one against the other."""
        return self.control_n > 0 and self.candidate_n > 0


EMPTY = Window(0, 0, 0, 0)


def problem_of(window: Window) -> str | None:
    """Return what is wrong with the counts, None where nothing is."""
    for arm, n, bad in (("control", *window[:2]), ("candidate", *window[2:])):
        if n < 0 or bad < 0:
            return f"{arm} counts are negative"
        if bad > n:
            return f"{arm}_bad is {bad}, more than {arm}_n, {n}"
    return None
