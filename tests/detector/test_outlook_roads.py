"""
Forecasts and tracks by compiled loops and by steps: the same answers, the same state and the same pools, to the bit.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollguard_detector.core import loops
from rollguard_detector.core.banks.bank import Columns, Floats, Rows
from rollguard_detector.core.banks.outlook import OutlookBank
from rollguard_detector.core.banks.outlooks.matured import MaturedBank
from rollguard_detector.core.banks.tracks import TrackBank
from rollguard_detector.core.objectives import Terms
from rollguard_schemas.policies import Objective
from rollguard_schemas.slow_burns import Saturation

pytestmark = pytest.mark.skipif(not loops.are_compiled(), reason="the loops were not compiled: there is no C compiler here")

MANY = 300  # more than a block of the loop
POOLS = 3
STEPS_SECONDS = (0.0, 0.3, 1.0, 1.0, 1.0, 7.0, 40.0, -2.0, 700.0)
seeds = st.integers(0, 1_000_000)

Turn = tuple[Rows, Floats, Floats]


def turns(seed: int, rows: int, rounds: int, odd: Sequence[float] = ()) -> Iterator[Turn]:
    """Noise, walks, leaks, climbs, constants and huge values of some rows in any order; times stand still, go back and leap."""
    rng = np.random.default_rng(seed)
    walk, kinds, at = np.zeros(rows), rng.integers(0, 6, rows), 0.0
    for number in range(rounds):
        noise, at = rng.normal(size=rows), at + float(rng.choice(STEPS_SECONDS))
        walk += 0.05 * noise
        leak, climb = 0.2 + 0.02 * (number % 55) + 0.01 * noise, 0.3 + 0.01 * max(number - 40, 0) + 0.02 * noise
        values = np.choose(kinds, [0.6 + 0.2 * noise, walk, leak, climb, np.full(rows, 0.4), 1e9 * noise])
        if odd and rng.random() < 0.1:
            values[rng.integers(rows)] = rng.choice(odd)
        some = rng.permutation(rows)[: rng.integers(0, rows + 1)]
        yield some, at - rng.choice([0.0, 0.0, 5.0], len(some)), values[some]


def forecasting(seed: int, rows: int) -> OutlookBank:
    rng, bank = np.random.default_rng(seed), OutlookBank()
    bank.grow(rows)
    above, horizons = rng.random(rows) < 0.5, rng.choice([1.0, 30.0, 600.0], rows)
    bank.open(np.arange(rows), rng.choice([1.0, -1.0, 0.0, 1e12], rows), above, horizons, rng.integers(0, POOLS, rows))
    bank.pools.grow(POOLS)
    return bank


def terms(number: int) -> Terms:
    """Return bounds on both sides, of which some are limits that fill up."""
    saturation = (None, None, Saturation(within_seconds=600.0), Saturation(within_seconds=600.0, growth="accelerating"))[number % 4]
    side: Any = {"above": 1.0} if number % 3 else {"below": 0.1}
    objective = Objective(name="o", metric="m", consecutive_samples=1 + number % 3, saturation=saturation, **side)
    return Terms(objective, probability=(0.2, 0.8)[number % 2], horizon_seconds=30.0)


def watching(rows: int) -> TrackBank:
    bank = TrackBank()
    bank.grow(rows)
    for row in range(rows):
        bank.open(row, terms(row), row % POOLS, is_new_pool=row < POOLS)
    return bank


def check_same(told: Columns, expected: Columns) -> None:
    for name, column in expected.items():
        np.testing.assert_array_equal(told[name], column, err_msg=name)
        assert told[name].dtype == column.dtype, name


def forecasts(bank: OutlookBank, turn: Turn) -> Columns:
    rows, at, values = turn
    if len(rows):
        bank.settle(float(at.max()))
    return bank.forecast_then_learn(rows, at, values)._asdict()


def counts(bank: TrackBank, turn: Turn) -> Columns:
    rows, at, values = turn
    if len(rows):
        bank.outlook.settle(float(at.max()))
    outlook, *rest = bank.watch(rows, at, values)
    return outlook._asdict() | {str(number): column for number, column in enumerate(rest)}


def check_both_roads(compiled: Any, by_steps: Any, ask: Any, every_turn: Iterator[Turn]) -> None:
    """Feed two banks alike, one a road; now and then a row begins anew."""
    for number, turn in enumerate(every_turn):
        told = ask(compiled, turn)
        with loops.left_alone(), np.errstate(all="ignore"):
            expected = ask(by_steps, turn)
        check_same(told, expected)
        if number % 50 == 49:
            for bank in (compiled, by_steps):
                bank.clear(turn[0][:1])
    every = np.arange(compiled.capacity)
    check_same(compiled.export(every), by_steps.export(every))


@settings(max_examples=8, deadline=None)
@given(seeds, st.lists(st.sampled_from([-0.0, 1e290, -1e290, 1e-300, np.inf]), max_size=3))
def test_forecasts_state_and_pools_are_the_same_by_either_road(seed: int, odd: list[float]) -> None:
    compiled, by_steps = forecasting(seed, 7), forecasting(seed, 7)
    check_both_roads(compiled, by_steps, forecasts, turns(seed, 7, 300, odd))
    check_same(compiled.pools.export(np.arange(POOLS)), by_steps.pools.export(np.arange(POOLS)))


def test_more_rows_than_a_block_are_the_same_by_either_road_and_breach_with_and_without_a_warning() -> None:
    compiled, by_steps = forecasting(1, MANY), forecasting(1, MANY)
    check_both_roads(compiled, by_steps, forecasts, turns(1, MANY, 200))
    check_same(compiled.pools.export(np.arange(POOLS)), by_steps.pools.export(np.arange(POOLS)))
    assert (compiled.pools.breaches > compiled.pools.warned).all()
    assert (compiled.pools.warned > 0).all()


@settings(max_examples=6, deadline=None)
@given(seeds)
def test_tracks_and_limits_that_fill_up_are_the_same_by_either_road(seed: int) -> None:
    compiled, by_steps = watching(8), watching(8)
    check_both_roads(compiled, by_steps, counts, turns(seed, 8, 120))
    assert {row: filling.kept() for row, filling in compiled.fillings.items()} == {
        row: filling.kept() for row, filling in by_steps.fillings.items()
    }


def test_no_more_forecasts_are_pending_than_have_room() -> None:
    compiled, by_steps = forecasting(1, 1), forecasting(1, 1)
    for bank in (compiled, by_steps):
        bank.matured.count[0], bank.matured.at[0] = MaturedBank.COLUMNS["at"].shape[0], (-0.7, -0.5, -0.4)
        bank.at[0], bank.horizon[0], bank.bound[0], bank.sign[0] = 0.0, 1.0, 1.0, 1
    check_both_roads(compiled, by_steps, forecasts, iter([(np.array([0]), np.array([0.1]), np.array([0.5]))]))
    assert compiled.matured.at[0].tolist() == [-0.7, -0.5, -0.4]


def test_a_column_of_another_type_is_an_error_and_no_garbage() -> None:
    bank = forecasting(1, 1)
    bank.horizon = bank.horizon.astype(np.float32)  # type: ignore[assignment]  # that is the point
    with pytest.raises(TypeError, match="elements of 4 bytes"):
        forecasts(bank, (np.array([0]), np.array([0.0]), np.array([0.5])))
