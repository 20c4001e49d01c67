"""
Rows of a Parquet file, batch by batch, so that a file larger than the memory can be read.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from rollguard_detector.plain.columns import Asked, Unusable, find_columns
from rollguard_detector.plain.rows import BadRow, Row, time_of, value_of

MISSING = "{what} needs {package}, which is not installed: install rollguard-detector[plain]"


class ParquetTable:
    """A file's columns by name; raises Unusable where it is no Parquet file or pyarrow is missing."""

    def __init__(self, path: str) -> None:
        try:
            from pyarrow import ArrowInvalid, parquet  # type: ignore[import-untyped]  # noqa: PLC0415  # heavy, and most inputs are text
        except ImportError:
            raise Unusable(MISSING.format(what="a .parquet file", package="pyarrow")) from None
        try:
            self._file: Any = parquet.ParquetFile(path)
        except ArrowInvalid as problem:
            raise Unusable(f"{path} is no Parquet file: {problem}") from None
        except OSError as problem:
            raise Unusable(f"{path} cannot be read: {problem.strerror or problem}") from None
        self.names: list[str] = self._file.schema_arrow.names
        self.count: int = self._file.metadata.num_rows

    def cells(self, names: Sequence[str]) -> Iterator[tuple[object, ...]]:
        """Yield the cells of these columns, row by row."""
        for batch in self._file.iter_batches(batch_size=4096, columns=list(dict.fromkeys(names))):
            yield from zip(*(_cells(batch.column(name)) for name in names), strict=True)


class ParquetRows:
    """A file's rows, with their numbers from 1; raises Unusable as the table does."""

    def __init__(self, path: str, asked: Asked) -> None:
        self._table = ParquetTable(path)
        names = self._table.names
        columns = find_columns(names, asked)
        self._names = [names[columns.time], names[columns.value], *([] if columns.stream is None else [names[columns.stream]])]
        self.count = self._table.count

    def __iter__(self) -> Iterator[tuple[int, Row | BadRow]]:
        """Yield the number and the row, or what is wrong with it."""
        for number, (at, value, *stream) in enumerate(self._table.cells(self._names), start=1):
            yield number, _found(at, value, *stream)


def _cells(column: Any) -> list[object]:
    """Return a column as Python's objects; nanoseconds are cut to microseconds, which is what a datetime holds."""
    from pyarrow import timestamp, types  # noqa: PLC0415  # loaded by now

    if types.is_timestamp(column.type):
        column = column.cast(timestamp("us", tz=column.type.tz), safe=False)
    cells: list[object] = column.to_pylist()
    return cells


def _found(at: object, value: object, stream: object = "") -> Row | BadRow:
    try:
        return Row("" if stream is None else str(stream), time_of(at), value_of(value))
    except BadRow as problem:
        return problem
