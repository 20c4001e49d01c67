"""
The half-lives that policies tell of the levels of series: a column, and what ``core/half_lives`` makes of it in bulk.

They are rules, not state: a snapshot does not hold them, a policy that changes them takes effect with the next sample, and what
was learned under another one stays.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from rollguard_detector.core.banks.bank import Bank, Column, Floats, Rows
from rollguard_detector.core.half_lives import BY_STEPS, LOG_TWO, MOST_LIFE
from rollguard_schemas.policies import MetricRules


class HalfLifeBank(Bank):
    """The half-life of each row's steady level in seconds, or BY_STEPS."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {"seconds": Column(initial=BY_STEPS)}
    seconds: Floats

    def set(self, row: int, rules: MetricRules | None) -> None:
        """Give a row the half-life that the rules of its metric tell, if they do."""
        told = rules.half_life_seconds if rules else None
        self.seconds[row] = BY_STEPS if told is None else told

    def of(self, rows: Rows) -> Floats | None:
        """Return the half-lives of rows; None where nobody told one, which costs nothing."""
        seconds = self.seconds[rows]
        return seconds if (seconds != BY_STEPS).any() else None


def shares(elapsed_seconds: Floats, half_lives: Floats, by_steps: Floats, quicker: Floats | float = 1.0) -> Floats:
    """Return what each row's level takes of its sample: by its half-life, so many times quicker; else what it takes by steps."""
    told = half_lives != BY_STEPS
    life = np.minimum(elapsed_seconds / np.where(told, half_lives, 1.0) * quicker * LOG_TWO, MOST_LIFE)
    grown = life * (1.0 + life / 2.0 * (1.0 + life / 3.0 * (1.0 + life / 4.0)))
    return np.where(told, grown / (1.0 + grown), by_steps)
