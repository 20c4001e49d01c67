"""
Cuts a poll into rounds in which no row comes twice, so that a bank can take each round in one step.

The order of a row's own points is kept, and no other order matters to a bank: that is what lets a poll be cut anywhere.
"""

from collections.abc import Iterator

import numpy as np

from rollguard_detector.core.banks.bank import Rows

_NARROW = 1 << 16  # below it, numpy sorts by counting, which costs a tenth


def in_order(rows: Rows) -> tuple[Rows, Rows]:
    """Return the places row by row, each row's in their order, and where in that each row begins."""
    keys = rows.astype(np.uint16) if len(rows) and rows.max() < _NARROW else rows
    order = np.argsort(keys, kind="stable")
    sorted_rows = rows[order]
    is_first = np.empty(len(rows), np.bool_)
    is_first[:1] = True
    np.not_equal(sorted_rows[1:], sorted_rows[:-1], out=is_first[1:])
    return order, np.flatnonzero(is_first)


def rounds(rows: Rows) -> Iterator[Rows]:
    """Yield the places in ``rows`` of the first point of each row, then of the second, and so on; rows ascend in a round."""
    if not len(rows):
        return
    order, begins = in_order(rows)
    lengths = np.diff(begins, append=len(rows))
    if len(begins) == len(rows):
        yield order
        return
    for number in range(int(lengths.max())):
        lasting = lengths > number
        yield order[begins[lasting] + number]
