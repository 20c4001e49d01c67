"""
Rows of a text, line by line: what comes out of line i is handed on before line i+1 is read.

A header gives no row. A line that opens with #slo is a statement, handed on as it is; any other that opens with # is a remark.
"""

import csv
from collections.abc import Callable, Iterator

from rollguard_detector.plain.columns import Asked, Columns, Unusable, find_columns
from rollguard_detector.plain.rows import BadRow, Row, is_header, read_row, read_time, read_value

Found = Row | BadRow | str  # a statement is a str


def read_lines(readline: Callable[[], str], asked: Asked) -> Iterator[tuple[int, Found]]:
    """Yield the number of every line that needs an answer or makes a statement, and what was found there."""
    read: Callable[[str], Row] = read_row
    opening = True  # no row yet, so a header may come
    for number, line in enumerate(iter(readline, ""), start=1):
        if line.startswith("#"):
            if line.startswith("#slo"):
                yield number, line
            continue
        if opening:
            opening = False
            if asked.anything or is_header(line):
                read = reader_of(line, asked)
                continue
        try:
            found: Found = read(line)
        except BadRow as problem:
            found = problem
        yield number, found


def reader_of(header: str, asked: Asked) -> Callable[[str], Row]:
    """Return what reads the rows below a header. Where neither names tell nor the user does, the first two columns are meant."""
    names = cells_of(header)
    try:
        columns = find_columns(names, asked)
    except Unusable:
        if asked.anything:
            raise
        return read_row
    if columns == Columns(time=0, value=1):
        return read_row
    return lambda line: read_cells(cells_of(line), columns)


def cells_of(line: str) -> list[str]:
    """Return the cells of a line of CSV; a cell does not go on in the next line."""
    line = line.rstrip("\r\n")
    try:
        return next(csv.reader([line])) if '"' in line else line.split(",")
    except csv.Error as problem:
        raise BadRow(str(problem)) from None


def read_cells(cells: list[str], columns: Columns) -> Row:
    """Return the row of a line's cells; raise BadRow where one is missing or wrong."""
    try:
        at, value = cells[columns.time], cells[columns.value]
        stream = "" if columns.stream is None else cells[columns.stream].strip()
    except IndexError:
        raise BadRow(f"has {len(cells)} columns, fewer than the header") from None
    return Row(stream, read_time(at), read_value(value))
