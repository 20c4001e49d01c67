"""
Oddity in bulk is the oddity of one series, to the last bit.
"""

import tracemalloc
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.bank_contract import (
    Ask,
    Sample,
    answers_of,
    check_a_cleared_row_begins_anew,
    check_company_changes_nothing,
    check_state_moves_exactly,
)
from detector.oddity_series import every_family, few_values, stream, streams
from rollguard_detector.core.banks.bank import Bank
from rollguard_detector.core.banks.deviation import DeviationBank
from rollguard_detector.core.banks.grades import graded as graded_in_bulk
from rollguard_detector.core.banks.grades import logarithms
from rollguard_detector.core.banks.incident import IncidentBank
from rollguard_detector.core.banks.judgement import JudgementBank
from rollguard_detector.core.banks.seen import SeenBank
from rollguard_detector.core.banks.stuck import StuckBank
from rollguard_detector.core.banks.surprise import SurpriseBank
from rollguard_detector.core.oddity.deviation import Deviation
from rollguard_detector.core.oddity.grade import ANY_UNIT, DEVIATIONS, Scale
from rollguard_detector.core.oddity.incident import Incident
from rollguard_detector.core.oddity.judgement import Judgement
from rollguard_detector.core.oddity.seen import Seen
from rollguard_detector.core.oddity.stuck import Stuck
from rollguard_detector.core.oddity.surprise import Surprise
from support.roads import road

__all__ = ["road"]  # every test here is run on both

Answer = Callable[[float, float], float]


class Pair(NamedTuple):
    """A bank, how it is asked, and what its one-series form answers to a time and a value."""

    make: Callable[[], Bank]
    ask: Ask
    alone: Callable[[], Answer]


def a_seen() -> Answer:
    seen = Seen()
    return lambda _at, value: seen.distance_then_learn(value)


def a_surprise() -> Answer:
    surprise = Surprise()
    return lambda _at, value: surprise.score_then_learn(abs(value))


def a_deviation() -> Answer:
    deviation = Deviation()
    return lambda _at, value: deviation.score_then_learn(value)


def an_incident() -> Answer:
    incident = Incident()
    return lambda _at, value: incident.merge(value) + 0.5 * incident.lasts()


def a_stuck() -> Answer:
    stuck = Stuck()
    return lambda _at, value: stuck.score_then_learn(value)


PAIRS = {
    "seen": Pair(SeenBank, lambda bank, rows, at, values: bank.distance_then_learn(rows, values), a_seen),
    "surprise": Pair(SurpriseBank, lambda bank, rows, at, values: bank.score_then_learn(rows, np.abs(values)), a_surprise),
    "deviation": Pair(DeviationBank, lambda bank, rows, at, values: bank.score_then_learn(rows, values), a_deviation),
    "incident": Pair(IncidentBank, lambda bank, rows, at, values: bank.merge(rows, values) + 0.5 * bank.lasts(rows), an_incident),
    "judgement": Pair(
        JudgementBank, lambda bank, rows, at, values: bank.score_then_learn(rows, at, values), lambda: Judgement().score_then_learn
    ),
    "stuck": Pair(StuckBank, lambda bank, rows, at, values: bank.score_then_learn(rows, values), a_stuck),
}

each_pair = pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)


def check_equal(pair: Pair, drawn: Sequence[Sequence[Sample]]) -> None:
    told = answers_of(pair.make(), pair.ask, drawn, lambda _: range(len(drawn)))
    alone = [pair.alone() for _ in drawn]
    assert told == [[answer(at, value) for at, value in one] for answer, one in zip(alone, drawn, strict=True)]


@each_pair
@settings(max_examples=10, deadline=None)
@given(drawn=streams())
def test_a_bank_answers_as_the_one_series_form_does(pair: Pair, drawn: list[list[Sample]]) -> None:
    check_equal(pair, drawn)


@each_pair
@settings(max_examples=10, deadline=None)
@given(drawn=few_values())
def test_repeated_and_far_values_are_answered_alike(pair: Pair, drawn: list[list[Sample]]) -> None:
    check_equal(pair, drawn)


@each_pair
def test_a_long_stream_of_every_family_is_answered_alike(pair: Pair) -> None:
    check_equal(pair, every_family(3, 1200))


@each_pair
def test_a_row_does_not_depend_on_its_company(pair: Pair) -> None:
    check_company_changes_nothing(pair.make, pair.ask, every_family(5, 90))


@each_pair
@pytest.mark.parametrize("at", [1, 70])
def test_state_moves_to_another_row_exactly(pair: Pair, at: int) -> None:
    check_state_moves_exactly(pair.make, pair.ask, every_family(6, 100), at)


@each_pair
def test_a_cleared_row_begins_anew(pair: Pair) -> None:
    check_a_cleared_row_begins_anew(pair.make, pair.ask, stream("heavy", "irregular", 7, 200))


def test_what_is_expected_and_whether_an_incident_lasts_is_that_of_one_series() -> None:
    drawn, bank = every_family(8, 60), JudgementBank()
    bank.grow(len(drawn))
    rows, alone = np.arange(len(drawn)), [Judgement() for _ in drawn]
    for number in range(60):
        level, deviation, known = bank.expected(rows)
        told = [(level[row], deviation[row]) if known[row] else None for row in rows]
        assert told == [judgement.expected() for judgement in alone]
        samples = np.array([one[number] for one in drawn])
        bank.score_then_learn(rows, samples[:, 0], samples[:, 1])
        for judgement, (at, value) in zip(alone, samples.tolist(), strict=True):
            judgement.score_then_learn(at, value)
        assert bank.lasts(rows).tolist() == [judgement.incident_lasts() for judgement in alone]


def test_a_call_without_rows_says_and_learns_nothing() -> None:
    nobody, nothing = np.array([], dtype=np.intp), np.array([])
    for pair in PAIRS.values():
        bank = pair.make()
        bank.grow(2)
        before = bank.export(np.arange(2))
        assert len(pair.ask(bank, nobody, nothing, nothing)) == 0
        after = bank.export(np.arange(2))
        assert all(np.array_equal(before[name], after[name], equal_nan=True) for name in before)


scales = pytest.mark.parametrize("scale", [ANY_UNIT, DEVIATIONS], ids=["any unit", "deviations"])


@scales
@given(measure=st.floats(0.0, allow_nan=False))
def test_a_measure_has_one_grade(scale: Scale, measure: float) -> None:
    assert graded_in_bulk(scale, np.array([measure])).tolist() == [scale.graded(measure)]


@scales
@given(measure=st.floats(0.01, 1e7))
def test_a_grade_tells_a_measure_to_within_a_fifth_of_a_hundredth(scale: Scale, measure: float) -> None:
    again = 2.0 ** ((scale.logarithm(scale.graded(measure)) - scale.logarithm(scale.graded(1.0))) / 2**20)
    assert again == pytest.approx(measure, rel=0.002)
    assert logarithms(scale, graded_in_bulk(scale, np.array([measure]))).tolist() == [scale.logarithm(scale.graded(measure))]


@scales
@given(one=st.floats(0.0), other=st.floats(0.0))
def test_a_larger_measure_never_has_a_lower_grade(scale: Scale, one: float, other: float) -> None:
    low, high = sorted([one, other])
    assert scale.graded(low) <= scale.graded(high)


def test_a_series_fits_the_memory_that_is_stated_for_it() -> None:
    assert sum(bank().bytes_a_row for bank in (JudgementBank, StuckBank)) <= 510


def test_memory_does_not_grow_with_samples() -> None:
    bank, rows = JudgementBank(), np.arange(500)
    bank.grow(500)
    random = np.random.default_rng(9)
    samples = random.standard_t(2, (120, 500))
    for number in range(60):
        bank.score_then_learn(rows, rows * 0.0 + number, samples[number])
    tracemalloc.start()
    for number in range(60, 120):
        bank.score_then_learn(rows, rows * 0.0 + number, samples[number])
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 100_000
