"""
What a command prints: for people on a terminal, for pipes, or as one JSON document.

Tables are drawn on a terminal only; a pipe gets one tab-separated line a row, which ``cut`` and ``awk`` read. What came from a
topic is printed without its control characters: a summary with escape codes in it could otherwise rewrite the operator's screen.
"""

import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec


class Table(NamedTuple):
    """Rows of text under their column names."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


class Output:
    """Standard output for the answer, standard error for everything else."""

    def __init__(self) -> None:
        self.as_json = False
        self._has_answered = False

    def answer(self, document: Any, *page: str | Table) -> None:
        """Print the answer: the document with ``--json``, else the page."""
        if self.as_json:
            self.line_of_json(document)
            return
        for part in page:
            self._table(part) if isinstance(part, Table) else print(printable(part, keep="\n"))

    def line_of_json(self, document: Any) -> None:
        """Print one JSON document on a line of its own."""
        self._has_answered = True
        print(msgspec.json.encode(document).decode(), flush=True)

    def line(self, *cells: str) -> None:
        """Print one row as it comes, for what is followed live."""
        print("\t".join(printable(cell) for cell in cells), flush=True)

    def note(self, text: str) -> None:
        """Tell a person something beside the answer."""
        print(printable(text, keep="\n"), file=sys.stderr)

    def complain(self, text: str, code: int) -> None:
        """Tell why the command failed; with ``--json`` on standard output as well, unless the answer is already there."""
        self.note(f"rollguard: {text}")
        if self.as_json and not self._has_answered:
            self.line_of_json({"error": text, "exit_code": code})

    def _table(self, table: Table) -> None:
        if sys.stdout.isatty():
            _draw(table)
            return
        for row in (table.columns, *table.rows):
            self.line(*row)


def printable(text: str, *, keep: str = "") -> str:
    """Return the text with control characters shown as escapes; ``keep`` names those that may pass."""
    return "".join(char if char.isprintable() or char in keep else ascii(char)[1:-1] for char in text)


def _draw(table: Table) -> None:
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415  # a fifth of a second, spent on a terminal only
    from rich.console import Console as Terminal  # noqa: PLC0415  # as above
    from rich.table import Table as Drawn  # noqa: PLC0415  # as above
    from rich.text import Text  # noqa: PLC0415  # as above

    drawn = Drawn(box=SIMPLE_HEAD)
    for column in table.columns:
        drawn.add_column(column, overflow="fold")  # an id that is cut off cannot be asked for
    for row in table.rows:
        drawn.add_row(*(Text(printable(cell)) for cell in row))
    Terminal().print(drawn)
