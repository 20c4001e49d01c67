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
    slots = np.arange(table.shape[1], dtype=np.int16)
    goes, comes = gone.astype(np.int16)[:, None], place.astype(np.int16)[:, None]
    new = table.copy()
    np.copyto(new[:, 1:], table[:, :-1], where=(slots[1:] > comes) & (slots[1:] <= goes))
    np.copyto(new[:, :-1], table[:, 1:], where=(slots[:-1] < comes) & (slots[:-1] >= goes))
    new[np.arange(len(new)), place] = values
    return new
