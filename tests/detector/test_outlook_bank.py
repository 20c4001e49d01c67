"""
The breach forecaster in bulk: the one-series form in every field, whoever shares the call, and pools that no cut of a poll moves.
"""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detector.bank_contract import (
    Sample,
    answers_of,
    check_a_cleared_row_begins_anew,
    check_company_changes_nothing,
    check_state_moves_exactly,
)
from rollguard_detector.core.banks.bank import Bank, Floats, Rows
from rollguard_detector.core.banks.outlook import OutlookBank
from rollguard_detector.core.banks.outlooks.gauge import median_of_five
from rollguard_detector.core.banks.outlooks.network import network as network_in_bulk
from rollguard_detector.core.outlook.forecast import BreachForecaster
from rollguard_detector.core.outlook.gauge import VIEWS
from rollguard_detector.core.outlook.network import BIAS, FIRST, HIDDEN, HIGH, LAST, LOW
from rollguard_detector.core.outlook.pool import TICK_SECONDS, Pool
from support.roads import road

__all__ = ["road"]  # every test here is run on both

TOLERANCE = 1e-9
HORIZON_SECONDS = 30.0
ROWS = 6


def series(seed: int, samples: int) -> NDArray[np.float64]:
    """Draw one of several ways to a bound of 1: noise, a walk, a leak that is restarted, a climb, a constant."""
    rng = np.random.default_rng(seed)
    noise, at = rng.normal(size=samples), np.arange(samples)
    return (
        0.6 + 0.2 * noise,
        np.cumsum(0.05 * noise),
        0.2 + 0.02 * (at % 55) + 0.01 * noise,
        0.3 + 0.01 * np.maximum(at - 40, 0) + 0.02 * noise,
        np.full(samples, 0.4),
        1e9 * noise,
    )[seed % ROWS]


def streams_of(seed: int, samples: int, step: float = 1.0) -> list[list[Sample]]:
    return [[(step * at, float(value)) for at, value in enumerate(series(row + ROWS * seed, samples))] for row in range(ROWS)]


def opened(pools: Sequence[int] = (0, 0, 0, 1, 1, 1)) -> OutlookBank:
    bank, rows = OutlookBank(), np.arange(ROWS)
    bank.grow(ROWS)
    above = rows % 2 == 0
    bank.open(rows, np.where(above, 1.0, -1.0), above, np.full(ROWS, HORIZON_SECONDS), np.array(pools))
    return bank


def ask(bank: Bank, rows: Rows, at: Floats, values: Floats) -> Floats:
    assert isinstance(bank, OutlookBank)
    bank.settle(float(at.max()))
    return np.stack(bank.forecast_then_learn(rows, at, np.where(bank.sign[rows] > 0, values, -values)), axis=1)


def plainly(streams: Sequence[Sequence[Sample]], pools: Sequence[int] = (0, 0, 0, 1, 1, 1)) -> list[list[list[float]]]:
    """Ask the one-series form, in rounds, as a service with one partition would."""
    shared = {pool: Pool() for pool in pools}
    forecasters = [
        BreachForecaster(
            1.0 if row % 2 == 0 else -1.0, above=row % 2 == 0, horizon_seconds=HORIZON_SECONDS, pool=shared[pools[row]]
        )
        for row in range(ROWS)
    ]
    told: list[list[list[float]]] = [[] for _ in streams]
    for samples in zip(*streams, strict=True):
        for pool in shared.values():
            pool.settle(max(at for at, _ in samples))
        for row, (at, value) in enumerate(samples):
            told[row].append(list(map(float, forecasters[row].forecast_then_learn(at, value if row % 2 == 0 else -value))))
    return told


def same(found: object, expected: object) -> bool:
    return bool(np.allclose(np.array(found), np.array(expected), rtol=TOLERANCE, atol=TOLERANCE))


@pytest.mark.parametrize("seed", range(4))
def test_every_field_is_that_of_the_one_series_form(seed: int) -> None:
    streams = streams_of(seed, 240)
    found = answers_of(opened(), ask, streams, lambda _: range(ROWS))
    assert same(found, plainly(streams))
    assert max(answer[0] for stream in found for answer in stream) == 1.0  # some breached, so forecasts matured both ways


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.3, 1.0, 1.0, 1.0, 7.0, 40.0, -2.0]), min_size=60, max_size=60), st.integers(0, 99))
def test_neither_gaps_nor_times_that_stand_still_or_go_back_part_the_two(steps: list[float], seed: int) -> None:
    times = np.cumsum(steps).tolist()
    streams = [[(at, value) for at, (_, value) in zip(times, stream, strict=True)] for stream in streams_of(seed, 60)]
    assert same(answers_of(opened(), ask, streams, lambda _: range(ROWS)), plainly(streams))


def test_a_row_does_not_depend_on_its_company_even_where_pools_learn() -> None:
    streams = streams_of(1, 150)
    assert streams[0][-1][0] > 4 * TICK_SECONDS
    check_company_changes_nothing(opened, ask, streams)


def test_state_moves_to_another_row_exactly() -> None:
    check_state_moves_exactly(opened, ask, streams_of(2, 140, step=0.2), at=90)


def test_a_cleared_row_begins_anew() -> None:
    to_nought = [(at / HORIZON_SECONDS, value - 1.0) for at, value in streams_of(3, 120)[3]]
    check_a_cleared_row_begins_anew(OutlookBank, ask, to_nought)


def test_pools_move_with_their_own_export() -> None:
    streams, rows, pools = streams_of(1, 150), np.arange(ROWS), np.arange(2)
    undisturbed = answers_of(opened(), ask, streams, lambda _: range(ROWS))
    first, second = opened(), opened()
    answers_of(first, ask, [stream[:100] for stream in streams], lambda _: range(ROWS))
    second.restore(rows, first.export(rows))
    second.pools.restore(pools, first.pools.export(pools))
    rest = answers_of(second, ask, [stream[100:] for stream in streams], lambda _: range(ROWS))
    assert rest == [answers[100:] for answers in undisturbed]


def test_what_a_pool_learned_reaches_a_new_series_of_the_pool_and_no_other() -> None:
    streams = [[(float(at), 0.95 + 0.001 * (at % 7)) for at in range(400)]] * ROWS  # near the bound for ever
    bank = opened()
    answers_of(bank, ask, streams, lambda _: range(ROWS))
    weights = bank.pools.weights(np.array([0, 1]))
    assert weights[3, 0] < opened().pools.weights(np.array([0]))[3, 0]  # called probable, and did not come
    untouched = opened((0, 0, 0, 0, 0, 0))
    untouched.pools.grow(2)
    answers_of(untouched, ask, streams, lambda _: range(ROWS))
    assert untouched.pools.weights(np.array([1])).T.tolist() == opened().pools.weights(np.array([1])).T.tolist()


def test_the_reliability_of_a_pool_is_that_of_the_one_series_form() -> None:
    streams, pool = streams_of(0, 240), Pool()
    forecaster = BreachForecaster(1.0, above=True, horizon_seconds=HORIZON_SECONDS, pool=pool)
    for at, value in streams[2]:
        forecaster.forecast_then_learn(at, value)
    bank = OutlookBank()
    bank.grow(1)
    bank.open(np.array([0]), np.array([1.0]), np.array([True]), np.array([HORIZON_SECONDS]), np.array([0]))
    answers_of(bank, ask, [streams[2]], lambda _: (0,))
    found, expected = bank.pools.reliability(np.array([0])), pool.reliability
    assert expected.breaches >= 2
    for name in ("said", "came", "squares", "breaches", "warned", "lead_milliseconds"):
        assert getattr(found, name) == getattr(expected, name)


def test_the_network_is_summed_in_one_order_and_by_no_blas() -> None:
    views = np.random.default_rng(5).normal(size=(len(VIEWS), 67)) * 3.0
    told = np.clip(views, LOW[:, None], HIGH[:, None])
    first = np.zeros((FIRST.shape[1], 67))
    for weights, values in zip(FIRST, told, strict=True):
        first += weights[:, None] * values
    first += BIAS[:, None]
    hidden, last = first[:HIDDEN] / (1.0 + np.abs(first[:HIDDEN])), np.zeros((LAST.shape[1], 67))
    for weights, values in zip(LAST, hidden, strict=True):
        last += weights[:, None] * values
    written_out = last + first[HIDDEN:]
    assert (network_in_bulk(views.copy()) == written_out).all()
    for column in (0, 13, 66):
        assert (network_in_bulk(views[:, [column]].copy())[:, 0] == written_out[:, column]).all()


@given(st.lists(st.floats(-1e9, 1e9), min_size=5, max_size=5))
def test_a_median_of_five_is_the_third(values: list[float]) -> None:
    assert median_of_five(*map(np.float64, values)) == sorted(values)[2]


def test_a_row_takes_about_five_hundred_bytes() -> None:
    assert OutlookBank().bytes_a_row <= 500
