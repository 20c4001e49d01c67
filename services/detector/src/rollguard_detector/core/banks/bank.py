"""
What all banks share: columns that grow, rows that begin anew, and state that can be taken out and put back exactly.

The rules: a call names each row at most once; what a row answers depends on that row alone, never on who shares the call (no BLAS,
no sum across rows), so that the same log gives the same signals however it is cut into polls; and everything that a row knows
stands in its columns, so that a snapshot of them is the whole state.
"""

__all__ = ["Bank", "Column", "Columns", "Flags", "Floats", "Rows", "put_side_by_side", "side_by_side"]

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.column import Column

Rows = NDArray[np.intp]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Columns = Mapping[str, NDArray[Any]]


def side_by_side(column: NDArray[Any], rows: Rows) -> NDArray[Any]:
    """Return rows of a column of several numbers a row as (numbers, rows): steps along rows are fast, steps of three are not."""
    told: NDArray[Any] = column.T.take(rows, axis=1)
    return told


def put_side_by_side(column: NDArray[Any], rows: Rows, values: NDArray[Any]) -> None:
    """Put back what ``side_by_side`` took."""
    for number, of_rows in enumerate(values):
        column[:, number][rows] = of_rows


class Bank:
    """
    A struct of arrays. A subclass lists its ``COLUMNS`` and annotates an attribute of the same name for each.

    A bank made of others names them in ``parts``; their columns are exported as ``part.column``.
    """

    COLUMNS: ClassVar[Mapping[str, Column]] = {}

    def __init__(self, **parts: "Bank") -> None:
        self.parts: Mapping[str, Bank] = parts
        self.capacity = 0
        for name, column in self.COLUMNS.items():
            setattr(self, name, column.rows(0))

    @property
    def bytes_a_row(self) -> int:
        """How much one row takes, parts included."""
        own = sum(column.bytes_a_row for column in self.COLUMNS.values())
        return own + sum(part.bytes_a_row for part in self.parts.values())

    def grow(self, capacity: int) -> None:
        """Make room for rows below ``capacity``; those that are there keep what they know."""
        if capacity <= self.capacity:
            return
        for name, column in self.COLUMNS.items():
            longer = column.rows(capacity)
            longer[: self.capacity] = getattr(self, name)
            setattr(self, name, longer)
        for part in self.parts.values():
            part.grow(capacity)
        self.capacity = capacity

    def clear(self, rows: Rows) -> None:
        """Let rows begin anew."""
        for name, column in self.COLUMNS.items():
            getattr(self, name)[rows] = column.initial
        for part in self.parts.values():
            part.clear(rows)

    def export(self, rows: Rows) -> Columns:
        """Return a copy of all that the rows know."""
        own = {name: getattr(self, name)[rows].copy() for name in self.COLUMNS}
        return own | {f"{name}.{key}": kept for name, part in self.parts.items() for key, kept in part.export(rows).items()}

    def restore(self, rows: Rows, columns: Columns) -> None:
        """Put back what ``export`` took; raises KeyError where a column is missing and changes nothing then."""
        for name in self.names():
            columns[name]
        self._restore(rows, columns, "")

    def names(self) -> tuple[str, ...]:
        """The columns as ``export`` names them."""
        inner = (f"{name}.{key}" for name, part in self.parts.items() for key in part.names())
        return (*self.COLUMNS, *inner)

    def _restore(self, rows: Rows, columns: Columns, prefix: str) -> None:
        for name in self.COLUMNS:
            getattr(self, name)[rows] = columns[prefix + name]
        for name, part in self.parts.items():
            part._restore(rows, columns, f"{prefix}{name}.")  # noqa: SLF001  # the same class, one level down
