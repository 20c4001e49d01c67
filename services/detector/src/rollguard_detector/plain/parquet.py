"""
Rows of a Parquet file, batch by batch, so that a file larger than the memory can be read.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from rollguard_detector.plain.columns import Asked, Unusable, find_columns
from rollguard_detector.plain.rows import BadRow, Row, read_time, read_value

MISSING = "{what} needs {package}, which is not installed: install rollguard-detector[plain]"


class ParquetRows:
    """A file's rows, with their numbers from 1; raises Unusable where it is no Parquet file or pyarrow is missing."""

    def __init__(self, path: str, asked: Asked) -> None:
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
        names = self._file.schema_arrow.names
        columns = find_columns(names, asked)
        self._names = [names[columns.time], names[columns.value], *([] if columns.stream is None else [names[columns.stream]])]
        self.count: int = self._file.metadata.num_rows

    def __iter__(self) -> Iterator[tuple[int, Row | BadRow]]:
        """Yield the number and the row, or what is wrong with it."""
        number = 0
        for batch in self._file.iter_batches(batch_size=4096, columns=list(dict.fromkeys(self._names))):
            cells = [_cells(batch.column(name)) for name in self._names]
            for at, value, *stream in zip(*cells, strict=True):
                number += 1
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
        return Row("" if stream is None else str(stream), _time(at), _value(value))
    except BadRow as problem:
        return problem


def _time(at: object) -> float:
    if isinstance(at, datetime):
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    if at is None:
        raise BadRow("time is missing")
    return read_time(str(at))


def _value(value: object) -> float:
    if value is None:
        raise BadRow("value is missing")
    return read_value(str(value))
