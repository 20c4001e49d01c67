"""
The business gates of each series as columns, so that a round of departures can be held to them in one step.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from rollguard_detector.core.banks.bank import Bank, Column, Floats, Rows
from rollguard_detector.core.banks.departures import Gates
from rollguard_schemas.policies import MetricRules

_SIGNS = {"up": 1.0, "down": -1.0, "both": 0.0}
_USUAL = MetricRules(metric="any")


class GateBank(Bank):
    """Direction, least deviations and persistence that a departure needs."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {
        "sign": Column(),
        "least_absolute": Column(),
        "least_relative": Column(),
        "samples_in_a_row": Column(initial=_USUAL.min_samples_in_a_row),
    }
    sign: Floats
    least_absolute: Floats
    least_relative: Floats
    samples_in_a_row: Floats

    def set(self, row: int, rules: MetricRules | None) -> None:
        """Give a row the rules of its metric, or the usual ones."""
        rules = rules or _USUAL
        self.sign[row] = _SIGNS[rules.direction]
        self.least_absolute[row] = rules.min_absolute
        self.least_relative[row] = rules.min_relative
        self.samples_in_a_row[row] = rules.min_samples_in_a_row

    def of(self, rows: Rows) -> Gates:
        """Return the gates of rows."""
        return Gates(
            sign=self.sign[rows],
            least_absolute=self.least_absolute[rows],
            least_relative=self.least_relative[rows],
            samples_in_a_row=self.samples_in_a_row[rows],
        )


def every(count: int) -> Gates:
    """Return the usual gates for so many rows."""
    bank = GateBank()
    bank.grow(count)
    return bank.of(np.arange(count, dtype=np.intp))
