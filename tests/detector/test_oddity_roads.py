"""
Loops and steps leave the very same state of oddity, bit by bit, whatever rows come when.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detector.oddity_pairs import PAIRS, Pair
from detector.oddity_series import every_family
from rollguard_detector.core import loops
from rollguard_detector.core.banks.bank import Floats, Rows

Round = tuple[Rows, Floats, Floats]
Left = tuple[list[bytes], dict[str, bytes]]  # what was answered, and what is known at last

CLEARED_AFTER = 150  # rounds
each_pair = pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
pytestmark = pytest.mark.skipif(not loops.are_compiled(), reason="the loops were not compiled: there is no C compiler here")


def course(samples: NDArray[np.float64], seed: int, share: float) -> Iterator[Round]:
    """Give, of (rows, rounds, (time, value)), a random part of the rows a round, in any order; some begin late."""
    random = np.random.default_rng(seed)
    begins = random.integers(0, 60, len(samples))
    for number in range(samples.shape[1]):
        rows = random.permutation(np.flatnonzero((random.random(len(samples)) < share) & (begins <= number)))
        yield rows, samples[rows, number, 0], samples[rows, number, 1]


def left_by(taken: AbstractContextManager[None], pair: Pair, rounds: list[Round], capacity: int) -> Left:
    """Let a bank take the rounds on one road; a few rows begin anew on the way."""
    bank, answers = pair.make(), []
    bank.grow(capacity)
    with taken:
        for number, (rows, at, values) in enumerate(rounds):
            answers.append(pair.ask(bank, rows, at, values).tobytes())
            if number == CLEARED_AFTER:
                bank.clear(np.arange(0, capacity, 3))
    return answers, {name: column.tobytes() for name, column in bank.export(np.arange(capacity)).items()}


def check_both_roads_agree(pair: Pair, samples: Any, seed: int, share: float) -> None:
    samples = np.array(samples)
    rounds = list(course(samples, seed, share))
    compiled = left_by(nullcontext(), pair, rounds, len(samples))
    assert left_by(loops.left_alone(), pair, rounds, len(samples)) == compiled


@each_pair
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), share=st.floats(0.05, 1.0))
def test_both_roads_leave_the_same_state(pair: Pair, seed: int, share: float) -> None:
    check_both_roads_agree(pair, every_family(seed, 300), seed, share)


@each_pair
@settings(max_examples=20, deadline=None)
@given(
    values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=80),
    seed=st.integers(0, 10**6),
    share=st.floats(0.3, 1.0),
)
def test_both_roads_agree_on_any_finite_values(pair: Pair, values: list[float], seed: int, share: float) -> None:
    chosen = np.random.default_rng(seed).choice(values, (3, 200))
    with np.errstate(all="ignore"):
        check_both_roads_agree(pair, [list(enumerate(row)) for row in chosen.tolist()], seed, share)


@each_pair
def test_a_long_history_is_left_alike(pair: Pair) -> None:
    check_both_roads_agree(pair, every_family(11, 1500), 11, 0.9)


@each_pair
def test_ties_are_broken_alike(pair: Pair) -> None:
    whole = np.random.default_rng(12).integers(0, 400, (4, 400)).astype(float)  # more values than are kept, evenly apart
    check_both_roads_agree(pair, [list(enumerate(row)) for row in whole.tolist()], 12, 0.9)


@each_pair
@settings(max_examples=20, deadline=None)
@given(values=st.lists(st.floats(), min_size=100, max_size=300))
def test_what_is_no_number_touches_no_other_row(pair: Pair, values: list[float]) -> None:
    bank, others = pair.make(), np.array([0, 2])
    bank.grow(3)
    for at, value in enumerate(np.random.default_rng(1).normal(size=100)):
        pair.ask(bank, np.arange(3), np.full(3, float(at)), np.full(3, value))
    before = bank.export(others)
    for at, value in enumerate(values):
        pair.ask(bank, np.array([1]), np.array([float(at)]), np.array([value]))
    assert all(np.array_equal(column, before[name]) for name, column in bank.export(others).items())
