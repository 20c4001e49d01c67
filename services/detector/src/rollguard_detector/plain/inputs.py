"""
Where rows come from: a file of text or Parquet, or standard input.
"""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TextIO

from rollguard_detector.plain.columns import Asked, Unusable
from rollguard_detector.plain.lines import Found, read_lines
from rollguard_detector.plain.progress import share_of_file, watched


class Rows(NamedTuple):
    """Numbered rows, and what a number counts (line, or row where there are no lines)."""

    numbered: Iterable[tuple[int, Found]]
    unit: str


@contextmanager
def open_rows(path: str | None, asked: Asked, stdin: TextIO, terminal: TextIO | None) -> Iterator[Rows]:
    """Open the rows of a file (None or "-": of `stdin`); tell a terminal how far a file is read. Raise Unusable if none is."""
    if path is not None and path.endswith(".parquet"):
        yield _parquet(path, asked, terminal)
        return
    with open_text(path, stdin) as source:
        yield _lines(source, asked, terminal)


@contextmanager
def open_text(path: str | None, stdin: TextIO) -> Iterator[TextIO]:
    """Open a file of text (None or "-": `stdin`); raise Unusable where it cannot be read."""
    if path is None or path == "-":
        if isinstance(stdin, io.TextIOWrapper):
            stdin.reconfigure(encoding="utf-8-sig", errors="replace")  # a byte that is no text spoils its row, not the run
        yield stdin
        return
    try:
        source = open(path, encoding="utf-8-sig", errors="replace")  # noqa: PTH123, SIM115  # closed below, named as it was asked
    except OSError as problem:
        raise Unusable(f"{path} cannot be read: {problem.strerror}") from None
    with source:
        yield source


def _lines(source: TextIO, asked: Asked, terminal: TextIO | None) -> Rows:
    numbered = read_lines(source.readline, asked)
    share = share_of_file(source) if terminal else None
    return Rows(watched(numbered, share, terminal) if terminal and share else numbered, "line")


def _parquet(path: str, asked: Asked, terminal: TextIO | None) -> Rows:
    from rollguard_detector.plain.parquet import ParquetRows  # noqa: PLC0415  # most inputs are text

    rows = ParquetRows(path, asked)
    return Rows(watched(rows, lambda count: count / max(rows.count, 1), terminal) if terminal else rows, "row")
