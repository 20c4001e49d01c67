"""
The pending forecasts in bulk: ``core/outlook/matured``, a short ring a row.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Bank, Column, Flags, Floats, Rows
from rollguard_detector.core.banks.outlooks.pools import PoolBank
from rollguard_detector.core.banks.outlooks.scales import Told, clip
from rollguard_detector.core.outlook.matured import A_HORIZON, MOST_SHIFT, STEP
from rollguard_detector.core.outlook.reliability import WARNING


class MaturedBank(Bank):
    """What each row said lately, oldest first, and the correction that its outcomes taught."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {
        "at": Column(shape=(A_HORIZON,)),
        "told": Column(np.float32, shape=(A_HORIZON, 4)),
        "count": Column(np.int8),
        "shift": Column(),
    }

    at: Floats
    told: NDArray[np.float32]
    count: NDArray[np.int8]
    shift: Floats

    def learn(self, rows: Rows, told: Told, breached: Flags, bank: PoolBank, pool: Rows) -> None:
        """Settle what has matured by now."""
        unseen = told.elapsed >= told.horizon
        self.count[rows[unseen]] = 0
        due = self._due(rows, told, breached) & ~unseen
        rows, told, breached, pool = rows[due], told.only(due), breached[due], pool[due]
        self._warn(rows[breached], told.at_seconds[breached], bank, pool[breached])
        while len(rows):
            self._settle_first(rows, breached, bank, pool)
            due = self._due(rows, told, breached)
            rows, told, breached, pool = rows[due], told.only(due), breached[due], pool[due]

    def _due(self, rows: Rows, told: Told, breached: Flags) -> Flags:
        due: Flags = (self.count[rows] > 0) & (breached | (told.at_seconds - self.at[rows, 0] >= told.horizon))
        return due

    def _warn(self, rows: Rows, at_seconds: Floats, bank: PoolBank, pool: Rows) -> None:
        if not len(rows):
            return
        is_warning = (self.told[rows, :, 3] >= WARNING) & (np.arange(A_HORIZON) < self.count[rows][:, np.newaxis])
        first = self.at[rows, is_warning.argmax(1)]
        bank.breach(pool, np.where(is_warning.any(1), at_seconds - first, np.nan))

    def _settle_first(self, rows: Rows, came: Flags, bank: PoolBank, pool: Rows) -> None:
        told = self.told[rows, 0].astype(np.float64)
        said = told[:, 3]
        self.shift[rows] = clip(self.shift[rows] + STEP * (came - said), -MOST_SHIFT, MOST_SHIFT)
        bank.gather(pool, told[:, :3], said, came)
        self.at[rows, :-1], self.told[rows, :-1] = self.at[rows, 1:], self.told[rows, 1:]
        self.count[rows] -= 1

    def remember(self, rows: Rows, at_seconds: Floats, horizon: Floats, told: Floats) -> None:
        """Keep the forecasts whose last kept one is old enough; ``told`` is (inputs and probability, rows)."""
        count = self.count[rows].astype(np.intp)
        last = self.at[rows, np.maximum(count - 1, 0)]
        due = (count == 0) | ((count < A_HORIZON) & (at_seconds - last >= horizon / A_HORIZON))
        rows, count = rows[due], count[due]
        self.at[rows, count] = at_seconds[due]
        self.told[rows, count] = told.T[due]
        self.count[rows] = count + 1
