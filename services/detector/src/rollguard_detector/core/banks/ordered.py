"""
Rows that are kept in order, one exchange a row at a time.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Rows


def exchanged(table: NDArray[Any], gone: Rows, place: Rows, values: NDArray[Any]) -> NDArray[Any]:
    """
    Return ordered rows (rows, slots) without the slot ``gone``, and with a value that comes to stand at ``place``.

    ``place`` counts the slots that are left: it is where the value belongs once the other is gone.
    """
    new = table.copy()
    if not len(new):
        return new
    # No slot beyond these moves, which are few while the rows are young.
    low, high = int(min(gone.min(), place.min())), int(max(gone.max(), place.max())) + 1
    moved, old = new[:, low:high], table[:, low:high]
    slots = np.arange(low, high, dtype=np.int16)
    goes, comes = gone.astype(np.int16)[:, None], place.astype(np.int16)[:, None]
    np.copyto(moved[:, 1:], old[:, :-1], where=(slots[1:] > comes) & (slots[1:] <= goes))
    np.copyto(moved[:, :-1], old[:, 1:], where=(slots[:-1] < comes) & (slots[:-1] >= goes))
    new[np.arange(len(new)), place] = values
    return new
