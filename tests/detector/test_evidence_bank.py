"""
Evidence in bulk: the bits of the one-series form, whatever comes, and what every bank keeps.
"""

from collections.abc import Sequence

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from detector.bank_contract import (
    Sample,
    check_a_cleared_row_begins_anew,
    check_company_changes_nothing,
    check_state_moves_exactly,
)
from rollguard_detector.core.banks import exact
from rollguard_detector.core.banks.bank import Bank, Floats, Rows
from rollguard_detector.core.banks.evidence import EvidenceBank
from rollguard_detector.core.evidence import bits, lots
from rollguard_detector.core.evidence.evidence import Evidence, EvidenceAnswer
from rollguard_detector.core.evidence.excursions import REMEMBERED_SAMPLES
from rollguard_detector.core.evidence.ranks import HALVED_AT
from support.roads import road

__all__ = ["road"]  # every test here is run on both

MOST_BYTES_A_ROW = 600


def ask(bank: Bank, rows: Rows, at_seconds: Floats, values: Floats) -> Floats:
    """All that is said, but for the range, which is NaN where a sample does not count."""
    assert isinstance(bank, EvidenceBank)
    return np.stack(bank.score_then_learn(rows, at_seconds, values)[3:], axis=1)


def streams(count: int, samples: int) -> list[list[Sample]]:
    """Noise, counts, latencies and a constant, irregularly sampled, with a shift two thirds on."""
    rng = np.random.default_rng(5)
    at = np.cumsum(rng.exponential(60.0, (count, samples)), axis=1)
    kinds = [rng.normal(size=samples), rng.poisson(0.2, samples), rng.lognormal(size=samples) * 1e6, np.full(samples, 3.0)]
    drawn = [np.array(kinds[row % len(kinds)], dtype=float) for row in range(count)]
    for values in drawn:
        values[2 * samples // 3 :] += 4.0
    return [list(zip(row_at.tolist(), values.tolist(), strict=True)) for row_at, values in zip(at, drawn, strict=True)]


def test_a_row_does_not_depend_on_its_company() -> None:
    check_company_changes_nothing(EvidenceBank, ask, streams(4, 240))


def test_state_moves_to_another_row_exactly() -> None:
    check_state_moves_exactly(EvidenceBank, ask, streams(4, 240), at=170)


def test_a_cleared_row_begins_anew() -> None:
    check_a_cleared_row_begins_anew(EvidenceBank, ask, streams(1, 240)[0])


def test_a_row_takes_few_bytes() -> None:
    assert EvidenceBank().bytes_a_row <= MOST_BYTES_A_ROW


def one_by_one(series: Evidence, samples: Sequence[tuple[float, ...]]) -> list[EvidenceAnswer]:
    return [
        series.score_then_learn(at, value, sample_size=size or None, frozen=bool(frozen)) for at, value, size, frozen in samples
    ]


def in_bulk(bank: EvidenceBank, samples: Sequence[tuple[float, ...]]) -> list[tuple[float, ...]]:
    row = np.array([0])
    told = []
    for at, value, size, frozen in samples:
        answers = bank.score_then_learn(row, np.array([at]), np.array([value]), np.array([size]), np.array([bool(frozen)]))
        told.append(tuple(field[0] for field in answers))
    return told


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 1_000_000),
    st.sampled_from([1e-9, 1.0, 1e9]),
    st.lists(st.tuples(st.integers(0, 299), st.sampled_from([0.0, 50.0, np.nan, np.inf, -1e31, 1e30])), max_size=8),
    st.sampled_from([0.0, 20.0, 500.0]),
    st.tuples(st.integers(0, 300), st.integers(0, 60)),
)
@example(
    seed=0, unit=1e-9, surprises=[(0, 1e30), (9, -1e30), (40, 1e30)], size=0.0, freeze=(0, 0)
)  # no effect of an hour overflows
def test_in_bulk_and_one_by_one_agree_to_the_bit(
    seed: int, unit: float, surprises: list[tuple[int, float]], size: float, freeze: tuple[int, int]
) -> None:
    rng = np.random.default_rng(seed)
    at = np.cumsum(rng.exponential(1800.0, 300) - 20.0)  # a few are not newer than the one before
    values = rng.poisson(0.4, 300) * unit if seed % 2 else rng.normal(size=300) * unit
    values[200:] += 3.0 * unit
    for where, value in surprises:
        values[where] = value
    frozen = (np.arange(300) >= freeze[0]) & (np.arange(300) < sum(freeze))
    sizes = np.where(rng.random(300) < 0.9, size, np.nan)
    samples = list(zip(at.tolist(), values.tolist(), sizes.tolist(), frozen.tolist(), strict=True))
    series, bank = Evidence(), EvidenceBank()
    bank.grow(1)

    first = np.array(one_by_one(series, samples[:250])), np.array(in_bulk(bank, samples[:250]))
    series.forget()
    bank.forget(np.array([0]))
    second = np.array(one_by_one(series, samples[250:270])), np.array(in_bulk(bank, samples[250:270]))
    series.adopt()
    bank.adopt(np.array([0]))
    third = np.array(one_by_one(series, samples[270:])), np.array(in_bulk(bank, samples[270:]))

    for expected, told in (first, second, third):
        np.testing.assert_array_equal(told, expected)


def test_they_agree_through_every_forgetting() -> None:
    rng = np.random.default_rng(2)
    samples = [(900.0 * at, value, 0.0, False) for at, value in enumerate(rng.standard_t(3, HALVED_AT + 300).tolist())]
    series, bank = Evidence(), EvidenceBank()
    bank.grow(1)
    series._excursions._seen = bank.excursions.seen[0] = REMEMBERED_SAMPLES - HALVED_AT

    np.testing.assert_array_equal(np.array(in_bulk(bank, samples)), np.array(one_by_one(series, samples)))


@given(st.floats(1e-300, 1e300))
def test_the_logarithm_is_close_and_the_same_in_bulk(value: float) -> None:
    assert abs(bits.log2(value) - np.log2(value)) < 4e-6
    assert exact.log2(np.array([value]))[0] == bits.log2(value)


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_lots_are_the_same_in_bulk(one: float, other: float) -> None:
    first, second = exact.draw(np.array([one]), np.array([other]))
    assert (first[0], second[0]) == lots.draw(one, other)
    assert 0.0 <= first[0] < 1.0
    assert 0.0 <= second[0] < 1.0
