"""
A table with a header, CSV or Parquet alike: the names of its columns, and the cells of those that are wanted, row by row.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

from rollguard_detector.plain.columns import Unusable
from rollguard_detector.plain.lines import cells_of
from rollguard_detector.plain.parquet import ParquetTable
from rollguard_detector.plain.rows import BadRow

Cells = Sequence[object]


class Table(NamedTuple):
    """Names of columns, numbered rows of all cells in that order (or what is wrong with one), and what a number counts."""

    names: Sequence[str]
    rows: Iterable[tuple[int, Cells | BadRow]]
    unit: str


@contextmanager
def open_table(path: str) -> Iterator[Table]:
    """Open a file; raise Unusable where it is no table, and OSError where it cannot be opened now."""
    with Path(path).open("rb"):
        pass  # says so in its own words if it cannot be opened
    if path.endswith(".parquet"):
        parquet = ParquetTable(path)
        yield Table(parquet.names, enumerate(parquet.cells(parquet.names), start=1), "row")
        return
    with Path(path).open(encoding="utf-8-sig", errors="replace") as source:
        yield _of_text(path, source)


def _of_text(path: str, source: TextIO) -> Table:
    """Take the first line that is no remark for the header."""
    lines = ((number, line) for number, line in enumerate(source, start=1) if line.strip() and not line.startswith("#"))
    _, header = next(lines, (0, ""))
    if not header:
        raise Unusable(f"{path} is empty: begin with a line of column names")
    names = [str(name).strip() for name in cells_of(header)]
    return Table(names, ((number, _cells(line, len(names))) for number, line in lines), "line")


def _cells(line: str, width: int) -> Cells | BadRow:
    try:
        cells = cells_of(line)
    except BadRow as problem:
        return problem
    if len(cells) < width:
        return BadRow(f"has {len(cells)} columns, fewer than the header")
    return list(itertools.islice((cell.strip() for cell in cells), width))
