"""
What the models say, held against a budget: the formula in plain numbers, and the very same bits by loop and by steps.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollguard_detector.core import loops
from rollguard_detector.core.banks.cadence import Cadence
from rollguard_detector.core.banks.evidence import EvidenceAnswers
from rollguard_detector.core.banks.reckoning import Reckoned, Said, reckon
from support.roads import road

__all__ = ["road"]  # every test here is run on both

COUNT = 40
DAY_SECONDS = 86_400.0


def said(seed: int, budget_days: float = 30.0) -> Said:
    rng = np.random.default_rng(seed)
    bits, flags = rng.uniform(0.0, 60.0, (12, COUNT)), rng.random((4, COUNT)) < 0.8
    cadence = Cadence(rng.integers(0, 10_000, COUNT, np.int32), rng.exponential(30.0, COUNT), flags[0], rng.random(COUNT))
    scores = np.where(rng.random(COUNT) < 0.5, rng.random(COUNT) ** rng.integers(1, 9, COUNT), 0.0)
    deviation = np.where(flags[3], rng.exponential(1.0, COUNT), 0.0)
    evidence = EvidenceAnswers(*bits, *flags[:3])
    return Said(
        rng.normal(size=COUNT), rng.normal(size=COUNT), deviation, flags[3], scores, rng.exponential(3.0, COUNT), evidence, cadence,
        np.full(COUNT, budget_days),
    )  # fmt: skip


def fields(reckoned: Reckoned) -> dict[str, np.ndarray]:
    return {**reckoned.seen._asdict(), "needed": reckoned.needed, "residual_or_nan": reckoned.residual}


@given(st.integers(0, 1_000_000), st.sampled_from([1e-9, 0.3, 30.0, 1e4, 1e290, np.inf]))
def test_a_round_is_reckoned_alike_by_loop_and_by_steps(seed: int, budget_days: float) -> None:
    asked = said(seed, budget_days)
    told = fields(reckon(asked))
    with loops.left_alone():
        expected = fields(reckon(asked))
    for name, column in expected.items():
        np.testing.assert_array_equal(told[name], column, err_msg=name)


@given(st.integers(0, 1_000_000))
def test_what_is_asked_is_the_logarithm_of_the_samples_that_the_budget_allows_to_pass(seed: int) -> None:
    asked = said(seed)
    told = reckon(asked)

    samples = np.maximum(30.0 * DAY_SECONDS / asked.cadence.interval_seconds, 1e3)
    np.testing.assert_allclose(told.needed, np.log2(samples), atol=1e-5)
    np.testing.assert_allclose(told.seen.stuck, asked.stuck * np.log2(10.0) - np.log2(samples), atol=1e-4)


def test_a_young_series_rings_for_what_its_past_agrees_with_and_for_no_less() -> None:
    asked = said(1)
    evidence = asked.evidence._replace(up=np.full(COUNT, 60.0), return_bits=np.full(COUNT, 9.0))
    young, old = (
        reckon(asked._replace(evidence=evidence, cadence=asked.cadence._replace(samples=np.full(COUNT, samples, np.int32))))
        for samples in (127, 128 * 1024)
    )

    assert (young.seen.up >= 0.0).all()
    assert (old.seen.up < 0.0).all()


@pytest.mark.parametrize(("score", "days"), [(0.0, 1e-9), (1.0 / 2.6, 0.1), (0.5, 10.0**-0.4), (2.0 / 3.6, 1.0), (3.0 / 4.6, 10.0)])
def test_a_score_returns_as_seldom_as_it_is_worth(score: float, days: float) -> None:
    told = reckon(said(2)._replace(scores=np.full(COUNT, score)))

    np.testing.assert_allclose(told.seen.novelty, np.log2(days / 30.0), atol=1e-4)


def test_where_no_level_is_known_nothing_is_warm_and_the_residual_is_none() -> None:
    asked = said(3)
    told = reckon(asked)

    assert not told.seen.is_warm[~asked.is_known].any()
    assert (told.seen.residual[~asked.is_known] == 0.0).all()
    assert np.isnan(told.residual).tolist() == (~asked.is_known).tolist()


def test_whoever_never_wants_to_be_told_is_never_told() -> None:
    told = reckon(said(4, np.inf))

    for kind in (told.seen.up, told.seen.down, told.seen.wider, told.seen.narrower, told.seen.novelty, told.seen.stuck):
        assert (kind < 0.0).all()
