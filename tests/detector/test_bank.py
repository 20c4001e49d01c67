"""
The columns that all banks share, shown on the smallest bank there is: a running sum.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pytest

from detector.bank_contract import (
    check_a_cleared_row_begins_anew,
    check_company_changes_nothing,
    check_state_moves_exactly,
)
from rollguard_detector.core.banks.bank import Bank, Column, Floats, Rows


class Sums(Bank):
    COLUMNS: ClassVar[Mapping[str, Column]] = {"total": Column(initial=1.0), "last": Column(np.float32, shape=(2,))}

    total: Floats

    def add(self, rows: Rows, values: Floats) -> Floats:
        self.total[rows] += values
        return self.total[rows]


def ask(bank: Bank, rows: Rows, _at: Floats, values: Floats) -> Floats:
    assert isinstance(bank, Sums)
    return bank.add(rows, values)


STREAMS = [[(float(at), at * 0.1 + row) for at in range(12)] for row in range(5)]


def test_a_row_does_not_depend_on_its_company() -> None:
    check_company_changes_nothing(Sums, ask, STREAMS)


def test_state_moves_to_another_row_exactly() -> None:
    check_state_moves_exactly(Sums, ask, STREAMS, at=7)


def test_a_cleared_row_begins_anew() -> None:
    check_a_cleared_row_begins_anew(Sums, ask, STREAMS[0])


def test_rows_that_are_there_survive_growth() -> None:
    bank = Sums()
    bank.grow(2)
    bank.add(np.array([1]), np.array([4.0]))
    bank.grow(7)

    assert bank.total.tolist() == [1.0, 5.0, 1.0, 1.0, 1.0, 1.0, 1.0]


def test_parts_are_exported_under_their_name_and_counted() -> None:
    whole = Bank(inner=Sums())
    whole.grow(3)

    assert set(whole.export(np.array([0]))) == {"inner.total", "inner.last"}
    assert whole.bytes_a_row == 8 + 2 * 4


def test_a_missing_column_changes_nothing() -> None:
    bank = Sums()
    bank.grow(1)

    with pytest.raises(KeyError, match="last"):
        bank.restore(np.array([0]), {"total": np.array([9.0])})
    assert bank.total.tolist() == [1.0]


def test_a_long_column_grows_as_a_short_one_does() -> None:
    bank, rows = Sums(), 100_000
    bank.grow(2)
    bank.add(np.array([1]), np.array([4.0]))
    bank.grow(rows)
    bank.add(np.array([rows - 1]), np.array([2.0]))
    bank.grow(2 * rows)

    assert bank.total[[0, 1, 2, rows - 1, rows, 2 * rows - 1]].tolist() == [1.0, 5.0, 1.0, 3.0, 1.0, 1.0]
    assert bank.export(np.array([2 * rows - 1]))["last"].tolist() == [[0.0, 0.0]]
