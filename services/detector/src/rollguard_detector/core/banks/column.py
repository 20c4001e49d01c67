"""
A column of a bank: its type, and how its rows are made.

The rule: a long column lies in pages of its own. It grows often, and from a heap that others take from as well its former places
would stay behind as holes, a third of the process; and pages that nobody wrote to, rows that are only reserved, take no memory.
"""

from math import prod
from mmap import mmap
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

_LEAST_BYTES = 1 << 16  # of a column in pages of its own; a shorter one would waste most of its last page


class Column(NamedTuple):
    """One quantity: its type, what a new row starts from, and its shape beyond the row."""

    dtype: DTypeLike = np.float64
    initial: float = 0.0
    shape: tuple[int, ...] = ()

    @property
    def bytes_a_row(self) -> int:
        """How much one row takes."""
        return np.dtype(self.dtype).itemsize * prod(self.shape)

    def rows(self, count: int) -> NDArray[Any]:
        """Return so many rows as they start."""
        if count * self.bytes_a_row < _LEAST_BYTES:
            return np.full((count, *self.shape), self.initial, self.dtype)
        made = np.frombuffer(mmap(-1, count * self.bytes_a_row), self.dtype).reshape(count, *self.shape)
        if self.initial != 0.0:
            made[...] = self.initial
        return made
