"""
How far a long file is read, for a person who waits: a percentage on one line of the terminal.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from typing import TextIO, TypeVar

_EVERY_ROWS = 1000

Item = TypeVar("Item")


def is_wanted(complaints: TextIO, sink: TextIO) -> bool:
    """Return whether a person sees the line, and no answers scroll through it."""
    return complaints.isatty() and not sink.isatty()


def watched(items: Iterable[Item], share: Callable[[int], float], terminal: TextIO) -> Iterator[Item]:
    """Hand the items on, and tell the terminal the share (of 1) that has been read; what is written next overwrites it."""
    told = -1
    for count, item in enumerate(items):
        if count % _EVERY_ROWS == 0 and (percent := int(100 * share(count))) != told:
            told = percent
            terminal.write(f"{percent:3d} %\r")
            terminal.flush()
        yield item
    terminal.write("     \r")
    terminal.flush()


def share_of_file(source: TextIO) -> Callable[[int], float] | None:
    """Return what says how much of a source has been read; None where it is no regular file, so nobody knows how long it is."""
    try:
        descriptor = source.fileno()
        told = os.fstat(descriptor)
    except OSError:
        return None
    if not stat.S_ISREG(told.st_mode) or not told.st_size:
        return None
    return lambda _count: min(os.lseek(descriptor, 0, os.SEEK_CUR) / told.st_size, 1.0)
