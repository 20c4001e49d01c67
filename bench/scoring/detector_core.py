"""
The one place where a measurement looks inside the detector: what it says of every sample, without the shell around it.

All series go through one bank, side by side; a bank is equal to its one-series form and its rows do not depend on one another,
which the tests of the detector see to.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.evidence import EvidenceBank

STEP_SECONDS = 60.0


class Series(NamedTuple):
    """Event times in seconds and values; from sample ``frozen_from`` on nothing usual is learned."""

    at_seconds: NDArray[np.float64]
    values: NDArray[np.float64]
    frozen_from: int | None = None


class Said(NamedTuple):
    """For each sample: whether a new incident begins, and the probabilities of a value so high and so low."""

    alarms: NDArray[np.bool_]
    tails: NDArray[np.float64]


def evenly(values: NDArray[np.float64], frozen_from: int | None = None) -> Series:
    """Return values a minute apart as a series."""
    return Series(np.arange(len(values)) * STEP_SECONDS, values, frozen_from)


def listen(series: Sequence[Series], run_length: float) -> list[Said]:
    """Return what the detector says of each series where one false alarm in so many samples is asked for."""
    bank = EvidenceBank(run_length)
    bank.grow(len(series))
    order = sorted(range(len(series)), key=lambda index: -len(series[index].values))
    said = [Said(np.zeros(len(one.values), np.bool_), np.ones((len(one.values), 2))) for one in series]
    going = len(order)
    for number in range(max(len(one.values) for one in series)):
        while len(series[order[going - 1]].values) <= number:
            going -= 1
        _listen_once(bank, series, order[:going], number, said)
    return said


def _listen_once(bank: EvidenceBank, series: Sequence[Series], rows: list[int], number: int, said: list[Said]) -> None:
    at = np.array([series[row].at_seconds[number] for row in rows])
    values = np.array([series[row].values[number] for row in rows])
    frozen = np.array([series[row].frozen_from is not None and number >= series[row].frozen_from for row in rows])
    answers = bank.score_then_learn(np.array(rows, dtype=np.intp), at, values, None, frozen)
    for row, alarm, up, down in zip(rows, answers.alarm, answers.p_up, answers.p_down, strict=True):
        said[row].alarms[number] = alarm
        said[row].tails[number] = up, down
