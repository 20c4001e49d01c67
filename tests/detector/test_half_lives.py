"""
A half-life told in seconds is one of event time: however a series is sampled, polled or restarted, half is forgotten in it.
"""

from functools import cache
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.bank_contract import answers_of, check_company_changes_nothing, check_state_moves_exactly
from detector.worlds import START, WORKLOAD, observe, of_type, points, policy
from rollguard_detector.core.banks.evidence import EvidenceBank
from rollguard_detector.core.banks.judgement import JudgementBank
from rollguard_detector.core.detector import Detector
from rollguard_detector.core.evidence.evidence import Evidence
from rollguard_detector.core.evidence.expectation import DAILY, QUICK, QUICKER, STEADY, Expectation
from rollguard_detector.core.half_lives import BY_STEPS, share
from rollguard_detector.core.oddity.judgement import Judgement
from rollguard_schemas.policies import Anomalies, MetricRules
from rollguard_schemas.signals import AnomalyOpened
from support.roads import road

__all__ = ["road"]  # every test here is run on both

_HALF_LIFE = 600.0
_TOLERANCE = 0.001  # sampled once a half-life or more often; see ``core/half_lives``
_STEP = 2.0  # of a level, in usual distances: farther out a value counts for less, whatever the half-life


def _times(rng, samples_a_half_life, unevenness, until):
    """Return times from 0 to exactly so many seconds, evenly or unevenly apart."""
    count = max(1, round(until / _HALF_LIFE * samples_a_half_life))
    at = np.cumsum(rng.uniform(1.0 - unevenness, 1.0 + unevenness, count))
    return at / at[-1] * until


def _remembered(learn, level, rng, samples_a_half_life, unevenness):
    """Return which part of a step is not in the level yet, one half-life and two after it."""
    warm = _times(rng, samples_a_half_life, unevenness, 25.0 * _HALF_LIFE)
    for place, at in enumerate(warm.tolist()):
        learn(at, 1.0 if place % 2 else -1.0)
    before, told = level(), []
    for lap in range(2):
        for at in _times(rng, samples_a_half_life, unevenness, _HALF_LIFE).tolist():
            learn(warm[-1] + lap * _HALF_LIFE + at, before + _STEP)
        told.append((before + _STEP - level()) / _STEP)
    return told


_samplings = {
    "samples_a_half_life": st.sampled_from([2, 20, 150]),
    "unevenness": st.sampled_from([0.0, 0.8]),
    "seed": st.integers(0),
}


@settings(max_examples=12, deadline=None)
@given(**_samplings)
def test_a_step_is_half_forgotten_in_a_half_life_however_the_series_is_sampled(samples_a_half_life, unevenness, seed):
    expectation = Expectation()
    told = _remembered(
        lambda at, value: expectation.expect_then_learn(at, value, half_life_seconds=_HALF_LIFE),
        lambda: expectation.levels[STEADY],
        np.random.default_rng(seed),
        samples_a_half_life,
        unevenness,
    )
    assert told == pytest.approx([0.5, 0.25], abs=_TOLERANCE)


@settings(max_examples=12, deadline=None)
@given(**_samplings)
def test_so_is_the_level_of_a_score(samples_a_half_life, unevenness, seed):
    judgement = Judgement()
    told = _remembered(
        lambda at, value: judgement.score_then_learn(at, value, _HALF_LIFE),
        lambda: judgement.expected()[0],
        np.random.default_rng(seed),
        samples_a_half_life,
        unevenness,
    )
    assert told == pytest.approx([0.5, 0.25], abs=_TOLERANCE)


def test_the_quick_level_keeps_its_ratio_and_the_daily_one_goes_with_the_steady_one():
    assert (QUICKER[STEADY], QUICKER[DAILY]) == (1.0, 1.0)
    assert 1.0 - share(_HALF_LIFE / QUICKER[QUICK], _HALF_LIFE, QUICKER[QUICK]) == pytest.approx(0.5, abs=_TOLERANCE)


@given(st.floats(0.0, 1e12), st.floats(1e-9, 1e12))
def test_a_share_is_never_all_of_a_sample_nor_less_than_none(elapsed, half_life):
    assert 0.0 <= share(elapsed, half_life) < 1.0
    assert 1.0 - share(elapsed, half_life) == pytest.approx(2.0 ** (-elapsed / half_life), abs=0.012)


_LIVES = np.array([BY_STEPS, 1.0, _HALF_LIFE, 1e6])


def _asked(bank, rows, at_seconds, values):
    """Each row with its own half-life, the first with none."""
    lives = _LIVES[rows % len(_LIVES)]
    if isinstance(bank, JudgementBank):
        scores = bank.score_then_learn(rows, at_seconds, values, lives)
        return np.stack([scores, *bank.expected(rows)[:2]], axis=1)
    return np.stack(bank.score_then_learn(rows, at_seconds, values, half_lives=lives)[3:], axis=1)


def _streams(samples=240):
    rng = np.random.default_rng(3)
    at = np.cumsum(rng.exponential(60.0, (len(_LIVES), samples)), axis=1)
    values = rng.normal(size=at.shape) + 4.0 * (np.arange(samples) > 2 * samples // 3)
    return [list(zip(*(column.tolist() for column in pair), strict=True)) for pair in zip(at, values, strict=True)]


each_bank = pytest.mark.parametrize("make", [EvidenceBank, JudgementBank])


@each_bank
def test_a_row_does_not_depend_on_the_half_lives_of_its_company(make):
    check_company_changes_nothing(make, _asked, _streams())


@each_bank
def test_state_moves_to_another_row_exactly_under_half_lives(make):
    check_state_moves_exactly(make, _asked, _streams(), at=170)


@each_bank
def test_a_row_without_a_half_life_learns_as_if_nobody_had_one(make):
    def unasked(bank, rows, at, values):
        told = bank.score_then_learn(rows, at, values)
        return np.stack([told, *bank.expected(rows)[:2]] if isinstance(bank, JudgementBank) else told[3:], axis=1)

    everyone, streams = range(len(_LIVES)), _streams()
    asked = answers_of(make(), _asked, streams, lambda _: everyone)
    plain = answers_of(make(), unasked, streams, lambda _: everyone)
    assert asked[0] == plain[0]
    assert asked[1] != plain[1]
    assert asked[2] != plain[2]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1_000_000), st.lists(st.sampled_from(_LIVES.tolist()), min_size=4, max_size=4))
def test_evidence_in_bulk_and_one_by_one_agree_to_the_bit_while_policies_change_the_half_life(seed, lives):
    rng = np.random.default_rng(seed)
    at, values = np.cumsum(rng.exponential(60.0, 240) - 2.0).tolist(), rng.normal(size=240)
    values[160:] += 3.0
    frozen = rng.random(240) < 0.1
    series, bank, row = Evidence(), EvidenceBank(), np.array([0])
    bank.grow(1)
    for place, (second, value, held) in enumerate(zip(at, values.tolist(), frozen.tolist(), strict=True)):
        life = lives[place // 60]
        one = series.score_then_learn(second, value, frozen=held, half_life_seconds=life)
        told = bank.score_then_learn(row, *map(np.array, ([second], [value], [np.nan], [held], [life])))
        np.testing.assert_array_equal(np.array([field[0] for field in told]), np.array(one))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1_000_000), st.lists(st.sampled_from(_LIVES.tolist()), min_size=4, max_size=4))
def test_scores_in_bulk_and_one_by_one_agree_to_the_bit_while_policies_change_the_half_life(seed, lives):
    rng = np.random.default_rng(seed)
    at, values = np.cumsum(rng.exponential(60.0, 240) - 2.0).tolist(), rng.normal(size=240).tolist()
    judgement, bank, row = Judgement(), JudgementBank(), np.array([0])
    bank.grow(1)
    for place, (second, value) in enumerate(zip(at, values, strict=True)):
        life = lives[place // 60]
        score = bank.score_then_learn(row, *map(np.array, ([second], [value], [life])))
        assert score[0] == judgement.score_then_learn(second, value, life)
        level, deviation, known = bank.expected(row)
        assert ((level[0], deviation[0]) if known[0] else None) == judgement.expected()


def _policy(half_life_seconds):
    rules = (MetricRules(metric="queue_depth", half_life_seconds=half_life_seconds),)
    plain = policy()
    return msgspec.structs.replace(plain, spec=msgspec.structs.replace(plain.spec, anomalies=Anomalies(metrics=rules)))


_UNTOLD, _TOLD = _policy(None), _policy(40.0)
_rng = np.random.default_rng(8)
_LOG = points((np.where(np.arange(400) > 300, 0.4, 0.1) + _rng.normal(0.0, 0.005, 400)).tolist(), metric="queue_depth")
_CHANGED_AT = 150


@cache
def _undisturbed():
    """Return what is said where the half-life is told in the middle, and the detector that said it."""
    detector = Detector()
    detector.take_policy(WORKLOAD, _UNTOLD)
    said = observe(detector, _LOG[:_CHANGED_AT])
    detector.take_policy(WORKLOAD, _TOLD)
    return said + observe(detector, _LOG[_CHANGED_AT:]), detector


@settings(max_examples=5, deadline=None)
@given(st.sets(st.integers(_CHANGED_AT + 1, len(_LOG) - 1), max_size=5), st.booleans())
def test_cuts_of_polls_and_restarts_change_nothing_under_a_half_life(cuts, restarts):
    """The first restart is from a snapshot that was taken when no half-life was told."""
    said, undisturbed = _undisturbed()
    before = Detector()
    before.take_policy(WORKLOAD, _UNTOLD)
    again = observe(before, _LOG[:_CHANGED_AT])
    bounds = [_CHANGED_AT, *sorted(cuts), len(_LOG)]
    for start, end in pairwise(bounds):
        detector = Detector() if restarts else before
        if restarts:
            detector.take_policy(WORKLOAD, _UNTOLD if start == _CHANGED_AT else _TOLD)
            detector.resume(before.keep(WORKLOAD))
        detector.take_policy(WORKLOAD, _TOLD)
        again += observe(detector, _LOG[start:end])
        before = detector
    assert again == said
    assert before.keep(WORKLOAD).models == undisturbed.keep(WORKLOAD).models


def test_a_half_life_told_in_the_middle_takes_effect_and_forgets_nothing():
    told, untold = (Detector() for _ in range(2))
    for detector in (told, untold):
        detector.take_policy(WORKLOAD, _UNTOLD)
        observe(detector, _LOG[:_CHANGED_AT])
    kept = told.keep(WORKLOAD)
    told.take_policy(WORKLOAD, _TOLD)
    assert told.keep(WORKLOAD) == kept
    opened, usual = (of_type(observe(one, _LOG[_CHANGED_AT:]), AnomalyOpened) for one in (told, untold))
    assert opened[0].time_unix_seconds - START == pytest.approx(301.0, abs=15.0)
    assert opened[0] != usual[0]
