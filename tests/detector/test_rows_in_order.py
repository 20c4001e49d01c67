"""
Rows kept in order, and who exchanges a slot in them.
"""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rollguard_detector.core.banks.ordered import exchanged

_SLOTS = 9
_ROWS = st.lists(st.tuples(st.integers(0, _SLOTS - 1), st.integers(0, _SLOTS - 1), st.integers(-99, 99)), max_size=6)


@given(_ROWS)
def test_an_exchange_is_a_deletion_and_an_insertion(rows: list[tuple[int, int, int]]) -> None:
    table = np.arange(len(rows) * _SLOTS, dtype=np.float64).reshape(len(rows), _SLOTS)
    gone, place, values = (np.array([row[number] for row in rows], dtype=np.intp) for number in range(3))
    expected = [row.tolist() for row in table]
    for row, (goes, comes, value) in zip(expected, rows, strict=True):
        del row[goes]
        row.insert(comes, float(value))
    assert exchanged(table, gone, place, values.astype(np.float64)).tolist() == expected
