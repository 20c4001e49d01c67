"""
Cuts a poll into rounds in which no row comes twice, so that a bank can take each round in one step.

The order of a row's own points is kept, and no other order matters to a bank: that is what lets a poll be cut anywhere.
"""

from collections.abc import Iterator

import numpy as np

from rollguard_detector.core.banks.bank import Rows


def rounds(rows: Rows) -> Iterator[Rows]:
    """Yield the places in ``rows`` of the first point of each row, then of the second, and so on; places ascend in a round."""
    if not len(rows):
        return
    order = np.argsort(rows, kind="stable")
    in_order = rows[order]
    begins = np.flatnonzero(np.r_[True, in_order[1:] != in_order[:-1]])
    lengths = np.diff(np.r_[begins, len(rows)])
    turn = np.arange(len(rows)) - np.repeat(begins, lengths)
    for number in range(int(lengths.max())):
        yield np.sort(order[turn == number])
