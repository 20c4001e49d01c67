"""
Evidence, cadence and departures by compiled loops and by steps: the same answers and the same state, to the bit.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollguard_detector.core import loops
from rollguard_detector.core.banks.bank import Bank, Rows
from rollguard_detector.core.banks.cadence import CadenceBank
from rollguard_detector.core.banks.departing import ADOPTION, DEPARTURE, KINDS, NONE, RETURN
from rollguard_detector.core.banks.departures import DepartureBank, Seen
from rollguard_detector.core.banks.evidence import EvidenceBank
from rollguard_detector.core.banks.excursions import ExcursionsBank
from rollguard_detector.core.banks.gates import GateBank
from rollguard_detector.core.evidence.excursions import REMEMBERED_SAMPLES
from rollguard_detector.core.half_lives import BY_STEPS

pytestmark = pytest.mark.skipif(not loops.are_compiled(), reason="the loops were not compiled: there is no C compiler here")

ROWS = 7
Turn = tuple[Rows, Any]  # rows, and what the bank is asked of them
seeds = st.integers(0, 1_000_000)


def some_rows(rng: np.random.Generator) -> Rows:
    """Most of the rows, in any order; seldom none."""
    return rng.permutation(ROWS)[: rng.integers(0, ROWS + 1)]


def check_both_roads(make: Callable[[], Bank], ask: Callable[[Any, Rows, Any], Sequence[Any]], turns: Sequence[Turn]) -> Bank:
    """Feed two banks alike, one a road; every answer and all that they know is equal in the end."""
    compiled, by_steps = make(), make()
    for bank in (compiled, by_steps):
        bank.grow(ROWS)
    for rows, asked in turns:
        told = ask(compiled, rows, asked)
        with loops.left_alone(), np.errstate(all="ignore"):
            expected = ask(by_steps, rows, asked)
        for field, one, other in zip(expected._fields, told, expected, strict=True):
            np.testing.assert_array_equal(one, other, err_msg=field)
            assert one.dtype == other.dtype, field
    every = np.arange(ROWS)
    known, expected_known = compiled.export(every), by_steps.export(every)
    for name, column in expected_known.items():
        np.testing.assert_array_equal(known[name], column, err_msg=name)
    return compiled


def evidence_turns(seed: int, rounds: int, odd: Sequence[float]) -> list[Turn]:
    """Counts, noise and shares, with gaps, ties, shifts, spans held still, and values that are none."""
    rng = np.random.default_rng(seed)
    at, turns = np.zeros(ROWS), []
    for number in range(rounds):
        rows = some_rows(rng)
        at += rng.choice([0.0, -1.0, 15.0, 20.0, 7200.0, 90_000.0], ROWS, p=[0.02, 0.02, 0.4, 0.5, 0.05, 0.01])
        kinds = np.stack([rng.normal(size=ROWS), rng.poisson(0.4, ROWS), rng.random(ROWS), np.full(ROWS, 3.0)])
        values = kinds[np.arange(ROWS) % len(kinds), np.arange(ROWS)] + 3.0 * (number > rounds // 2)
        if odd and rng.random() < 0.05:
            values[rng.integers(ROWS)] = rng.choice(odd)
        sizes = np.where(np.arange(ROWS) % 3 == 2, rng.choice([0.0, 20.0, 500.0, np.nan, np.inf, -3.0], ROWS), 0.0)
        frozen = rng.random(ROWS) < (0.3 if number % 50 > 40 else 0.0)
        turns.append((rows, (at[rows], values[rows], sizes[rows], frozen[rows])))
    return turns


@settings(max_examples=12, deadline=None)
@given(seeds, st.lists(st.sampled_from([np.nan, np.inf, -1e31, 1e30, -0.0, 1e-300]), max_size=4))
def test_evidence_leaves_the_same_by_either_road(seed: int, odd: list[float]) -> None:
    check_both_roads(EvidenceBank, lambda bank, rows, asked: bank.score_then_learn(rows, *asked), evidence_turns(seed, 330, odd))


def test_evidence_without_sizes_and_spans_is_the_same_by_either_road() -> None:
    turns = evidence_turns(3, 60, [])
    check_both_roads(EvidenceBank, lambda bank, rows, asked: bank.score_then_learn(rows, *asked[:2]), turns)


@settings(max_examples=8, deadline=None)
@given(seeds)
def test_half_lives_that_were_told_leave_the_same_by_either_road(seed: int) -> None:
    lives = np.random.default_rng(seed).choice([BY_STEPS, 1e-3, 60.0, 86_400.0], ROWS)
    turns = [(rows, (*asked, lives[rows])) for rows, asked in evidence_turns(seed, 200, [])]
    check_both_roads(EvidenceBank, lambda bank, rows, asked: bank.score_then_learn(rows, *asked), turns)


class OldExcursions(EvidenceBank):
    """Series about to forget half of what they remember."""

    def grow(self, capacity: int) -> None:
        super().grow(capacity)
        assert isinstance(self.excursions, ExcursionsBank)
        self.excursions.seen[:] = REMEMBERED_SAMPLES - 100.0
        self.excursions.peaks[:] = self.excursions.excess_bits[:] = 9.0
        self.ranks.up_to[:] = np.cumsum(np.full(64, 31), dtype=np.uint16)


def test_what_is_forgotten_is_the_same_by_either_road() -> None:
    turns = evidence_turns(4, 400, [])
    check_both_roads(OldExcursions, lambda bank, rows, asked: bank.score_then_learn(rows, *asked), turns)


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_cadence_leaves_the_same_by_either_road(seed: int) -> None:
    rng = np.random.default_rng(seed)
    turns = [
        (rows, at)
        for number in range(60)
        for rows in [some_rows(rng)]
        for at in [number * 15.0 + rng.exponential(100.0, len(rows)) * (rng.random(len(rows)) < 0.2)]
    ]
    check_both_roads(CadenceBank, lambda bank, rows, at: bank.learn(rows, at), turns)


def departure_turns(rng: np.random.Generator, rounds: int) -> list[Turn]:
    """Series that go off and come back, in every way, and are cold at first."""
    turns: list[Turn] = []
    off, gates = np.zeros(ROWS, np.intp), gates_of_all_kinds()
    for number in range(rounds):
        off = np.where(rng.random(ROWS) < 0.02, rng.integers(0, 5, ROWS), off)
        residual = rng.normal(size=ROWS) * np.choose(off, [1.0, 1.0, 5.0, 0.1, 1.0]) + np.where(off == 1, 5.0, 0.0)
        bits = np.where(rng.random((5, ROWS)) < 0.3, 3.0, -3.0) * rng.random((5, ROWS))
        stuck = np.where(off == 4, 2.0, -2.0)
        seen = Seen(residual, np.full(ROWS, 10.0), np.ones(ROWS), *bits, stuck, rng.random(ROWS) < min(number / 20, 0.98))
        rows = some_rows(rng)
        asked = (np.full(len(rows), 25.0 * number), residual[rows] + 10.0, Seen(*(column[rows] for column in seen)), gates.of(rows))
        turns.append((rows, asked))
    return turns


def gates_of_all_kinds() -> GateBank:
    gates = GateBank()
    gates.grow(ROWS)
    gates.sign[:3] = [1.0, -1.0, 1.0]
    gates.least_absolute[1:4], gates.least_relative[2:5] = 0.5, 0.1
    gates.samples_in_a_row[::2] = 2.0
    return gates


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_departures_leave_the_same_by_either_road(seed: int) -> None:
    turns = departure_turns(np.random.default_rng(seed), 300)
    check_both_roads(DepartureBank, lambda bank, rows, asked: bank.find(rows, *asked), turns)


def test_the_streams_hold_departures_of_every_kind_and_both_ends() -> None:
    bank = DepartureBank()
    bank.grow(ROWS)
    told = [bank.find(rows, *asked) for rows, asked in departure_turns(np.random.default_rng(1), 2000)]

    kinds = np.concatenate([one.kind[one.finding != 0] for one in told])
    findings = np.concatenate([one.finding for one in told])
    assert set(kinds.tolist()) == set(range(len(KINDS)))
    assert {DEPARTURE, RETURN, ADOPTION} <= set(findings.tolist())
    assert NONE not in kinds
