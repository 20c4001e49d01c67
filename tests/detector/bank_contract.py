"""
The battery that every bank passes: equal to its one-series form, independent of company, exact to take out and put back.

A suite gives the bank, how one series is answered by the reference, and how the bank is asked; see ``test_bank.py`` for the
smallest one.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Bank, Rows

Sample = tuple[float, float]  # time in seconds, value
Ask = Callable[[Bank, Rows, NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


def answers_of(bank: Bank, ask: Ask, streams: Sequence[Sequence[Sample]], cut: Callable[[int], Sequence[int]]) -> list[list[Any]]:
    """Feed streams of one length side by side, in rounds; ``cut`` says which rows share round i (the others get their own call)."""
    bank.grow(len(streams))
    told: list[list[Any]] = [[] for _ in streams]
    for number in range(len(streams[0])):
        together = set(cut(number))
        alone = [[row] for row in range(len(streams)) if row not in together]
        for group in [sorted(together), *alone]:
            if not group:
                continue
            rows = np.array(group, dtype=np.intp)
            samples = np.array([streams[row][number] for row in group])
            answers = ask(bank, rows, samples[:, 0], samples[:, 1])
            for row, answer in zip(group, np.asarray(answers).tolist(), strict=True):
                told[row].append(answer)
    return told


def check_company_changes_nothing(make: Callable[[], Bank], ask: Ask, streams: Sequence[Sequence[Sample]]) -> None:
    """All rows in one call, every row alone, and a changing half: the very same bits."""
    everyone = range(len(streams))
    together = answers_of(make(), ask, streams, lambda _: everyone)
    assert answers_of(make(), ask, streams, lambda _: ()) == together
    assert answers_of(make(), ask, streams, lambda number: [row for row in everyone if (row + number) % 2]) == together


def check_state_moves_exactly(make: Callable[[], Bank], ask: Ask, streams: Sequence[Sequence[Sample]], at: int) -> None:
    """Taken out at a sample and put into other rows of another bank, the series goes on as if nothing had happened."""
    everyone = range(len(streams))
    undisturbed = answers_of(make(), ask, streams, lambda _: everyone)
    first, second = make(), make()
    answers_of(first, ask, [stream[:at] for stream in streams], lambda _: everyone)
    second.grow(2 * len(streams))
    shifted = np.arange(len(streams), 2 * len(streams), dtype=np.intp)
    second.restore(shifted, first.export(np.arange(len(streams), dtype=np.intp)))
    idle = [[(0.0, 0.0)] * (len(streams[0]) - at) for _ in streams]
    rest = answers_of(second, ask, [*idle, *(stream[at:] for stream in streams)], lambda _: range(2 * len(streams)))
    assert rest[len(streams) :] == [answers[at:] for answers in undisturbed]


def check_a_cleared_row_begins_anew(make: Callable[[], Bank], ask: Ask, stream: Sequence[Sample]) -> None:
    """After ``clear`` a row answers as a new one does, and its neighbour goes on."""
    bank, others = make(), [stream, stream]
    before = answers_of(bank, ask, others, lambda _: (0, 1))
    bank.clear(np.array([0], dtype=np.intp))
    anew = answers_of(bank, ask, [stream], lambda _: (0,))
    assert anew[0] == before[0]
