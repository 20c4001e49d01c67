"""
One answer a row, flushed, before the next row is read; what cannot be read is named and answered as "nothing known".
"""

from collections.abc import Callable, Iterable
from typing import Protocol, TextIO

from rollguard_detector.plain.rows import BadRow, Row

Answer = Callable[[float, float], str]  # of a time in epoch seconds and a value, for one stream


class Streams(dict[str, Answer]):
    """What answers each stream; a stream that is heard for the first time gets a model of its own."""

    def __init__(self, start: Callable[[str], Answer]) -> None:
        super().__init__()
        self._start = start

    def __missing__(self, stream: str) -> Answer:
        """Start the model of a new stream."""
        answer = self[stream] = self._start(stream)
        return answer


class Tool(Protocol):
    """What is asked about every row."""

    streams: Streams

    def nothing_known(self, problem: str) -> str:
        """Return the answer to a row that cannot be read."""

    def state(self, statement: str) -> None:
        """Hear a line that opens with #slo; raise BadRow where it says too little."""


def answer_rows(
    rows: Iterable[tuple[int, Row | BadRow | str]],
    tool: Tool,
    sink: TextIO,
    complaints: TextIO,
    *,
    strict: bool,
    unit: str = "line",
) -> int:
    """Answer every row and return how many could not be read; where `strict`, end at the first of them, unanswered."""
    streams, write, flush, bad = tool.streams, sink.write, sink.flush, 0
    for number, found in rows:
        try:
            if isinstance(found, Row):
                write(streams[found.stream](found.at_seconds, found.value))
            elif isinstance(found, str):
                tool.state(found)
                continue
            else:
                raise found  # what was wrong in reading and in answering is told alike
        except BadRow as problem:
            bad += 1
            print(f"{unit} {number}: {problem}", file=complaints)
            if strict:
                break
            write(tool.nothing_known(f"{unit} {number}: {problem}"))
        flush()
    if bad:
        print(count_of(bad, unit) + (", stopped there" if strict else ""), file=complaints)
    return bad


def count_of(bad: int, unit: str) -> str:
    """Return how many rows could not be read, as a sentence."""
    return f"{bad} {unit}{'s' if bad > 1 else ''} could not be read"
