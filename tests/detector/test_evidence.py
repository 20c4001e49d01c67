"""
One series: what its evidence says, learns and forgets, and the traps that a detector of changes falls into.
"""

from collections.abc import Iterable

import numpy as np
import pytest
from numpy.typing import NDArray
from river.stats import EWMean

from rollguard_detector.core.banks.evidence import EvidenceAnswers, EvidenceBank
from rollguard_detector.core.evidence.evidence import Evidence, EvidenceAnswer, run_length_of
from rollguard_detector.core.evidence.excursions import paid_bits
from rollguard_detector.core.evidence.expectation import DAILY, QUICK, STEADY, STEPS, Expectation
from rollguard_detector.core.evidence.ranks import HALVED_AT, Ranks
from rollguard_detector.core.evidence.shares import share_of, steadied

RUN_LENGTH = 10_000.0
STEP_SECONDS = 60.0
Values = NDArray[np.float64]


def told(values: Iterable[float], *, frozen_from: int = 10**9) -> list[EvidenceAnswer]:
    evidence = Evidence(RUN_LENGTH)
    return [evidence.score_then_learn(STEP_SECONDS * at, value, frozen=at >= frozen_from) for at, value in enumerate(values)]


def told_side_by_side(
    values: Values, *, sizes: Values | None = None, frozen: NDArray[np.bool_] | None = None
) -> list[EvidenceAnswers]:
    """Answers to values of shape (rows, samples), sample by sample."""
    bank, rows = EvidenceBank(RUN_LENGTH), np.arange(len(values))
    bank.grow(len(values))
    return [
        bank.score_then_learn(
            rows,
            np.full(len(values), STEP_SECONDS * at),
            values[:, at],
            None if sizes is None else sizes[:, at],
            None if frozen is None else frozen[:, at],
        )
        for at in range(values.shape[1])
    ]


def remembering(rng: np.random.Generator, shape: tuple[int, int], memory: float = 0.8) -> Values:
    values: Values = rng.normal(size=shape) * (1.0 - memory**2) ** 0.5
    for at in range(1, shape[1]):
        values[:, at] += memory * values[:, at - 1]
    return values


FAMILIES = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "lognormal": lambda rng, shape: rng.lognormal(sigma=0.6, size=shape),
    "heavy": lambda rng, shape: rng.standard_t(3, shape),
    "remembering": remembering,
    "daily": lambda rng, shape: 3.0 * np.sin(2.0 * np.pi * np.arange(shape[1]) / 1440.0) + rng.normal(size=shape),
    "counts": lambda rng, shape: rng.poisson(0.2, shape).astype(float),
    "rare failures": lambda rng, shape: rng.binomial(500, 0.002, shape) / 500.0,
    "few requests": lambda rng, shape: rng.binomial(rng.integers(5, 500, shape), 0.02) / 500.0,
}


ROWS, SAMPLES, WARM_SAMPLES = 40, 3500, 1000


@pytest.fixture(scope="module")
def quiet() -> dict[str, tuple[Values, Values]]:
    """Alarms and tails of every family, nothing happening: (rows, samples) and (rows, samples, 2)."""
    drawn = np.concatenate([family(np.random.default_rng(11), (ROWS, SAMPLES)) for family in FAMILIES.values()])
    answers = told_side_by_side(drawn)
    alarms = np.stack([answer.alarm for answer in answers], axis=1)
    tails = np.stack([np.stack([answer.p_up, answer.p_down], axis=-1) for answer in answers], axis=1)
    return {
        name: (alarms[first : first + ROWS], tails[first : first + ROWS])
        for name, first in zip(FAMILIES, range(0, len(drawn), ROWS), strict=True)
    }


@pytest.mark.parametrize("family", FAMILIES)
def test_a_tail_comes_as_often_as_it_says(family: str, quiet: dict[str, tuple[Values, Values]]) -> None:
    """The goal is 0.7 to 1.5; a hundred thousand samples, whose levels err together for hundreds, leave a tenth to chance."""
    _alarms, tails = quiet[family]
    for ratio in (tails[:, WARM_SAMPLES:] <= 1e-3).mean(axis=(0, 1)) / 1e-3:
        assert 0.6 <= ratio <= 1.6


@pytest.mark.parametrize("family", FAMILIES)
def test_false_alarms_keep_their_budget(family: str, quiet: dict[str, tuple[Values, Values]]) -> None:
    alarms, _tails = quiet[family]
    assert alarms.sum() <= alarms.size / 8_000


def test_lasting_shifts_and_a_doubled_spread_are_found_soon() -> None:
    values = np.random.default_rng(12).normal(size=(5, 9, 2080))
    values[:4, :, 2000:] += np.array([1.0, 2.0, 3.0, -3.0])[:, None, None]
    values[4, :, 2000:] *= 2.0
    alarms = np.stack([answer.alarm for answer in told_side_by_side(values.reshape(45, 2080))[2000:]], axis=1).reshape(5, 9, 80)
    found = np.where(alarms.any(axis=2), alarms.argmax(axis=2), 1_000)
    assert np.all(np.median(found, axis=1) < [79, 20, 10, 10, 60])


def test_a_series_that_falls_silent_is_evidence_for_narrower() -> None:
    values = np.random.default_rng(14).normal(size=2200)
    values[2000:] *= 0.1
    assert max(answer.narrower for answer in told(values.tolist())[2000:]) > 14.0


def test_while_frozen_a_lasting_shift_keeps_gathering_evidence() -> None:
    values = np.tile(remembering(np.random.default_rng(15), (20, 1600)), (2, 1))
    values[:, 1200:] += 2.0
    held = np.zeros(values.shape, np.bool_)
    held[20:, 1200:] = True
    answers = told_side_by_side(values, frozen=held)
    found = np.stack([answer.alarm for answer in answers[1200:]]).any(axis=0)
    assert found[20:].mean() >= 0.9 > found[:20].mean()
    late, soon = np.median(answers[1590].up[20:]), np.median(answers[1240].up[20:])
    assert late > soon > 0.0


def test_what_is_odd_is_learned_from_unless_frozen() -> None:
    values = np.random.default_rng(16).normal(size=1500)
    values[1000:] += 6.0
    learning, frozen = Evidence(RUN_LENGTH), Evidence(RUN_LENGTH)
    for at, value in enumerate(values.tolist()):
        after = learning.score_then_learn(STEP_SECONDS * at, value)
        held = frozen.score_then_learn(STEP_SECONDS * at, value, frozen=at >= 1000)
    assert after.low < 6.0 < after.high
    assert held.high < 6.0


def test_an_adopted_level_is_usual_at_once() -> None:
    values = np.random.default_rng(17).normal(size=1300)
    values[1000:] += 8.0
    evidence = Evidence(RUN_LENGTH)
    for at, value in enumerate(values[:1200].tolist()):
        evidence.score_then_learn(STEP_SECONDS * at, value, frozen=at >= 1000)
    evidence.adopt()
    answers = [evidence.score_then_learn(STEP_SECONDS * (1200 + at), value) for at, value in enumerate(values[1200:].tolist())]
    assert answers[0].low < 8.0 < answers[0].high
    assert not any(answer.alarm or answer.is_open for answer in answers)


def test_one_incident_rings_once_and_is_open_until_it_is_forgotten() -> None:
    values = np.random.default_rng(18).normal(size=1015)
    values[1000:] += 4.0
    evidence = Evidence(RUN_LENGTH)
    answers = [evidence.score_then_learn(STEP_SECONDS * at, value) for at, value in enumerate(values.tolist())]
    assert sum(answer.alarm for answer in answers) == 1
    assert answers[-1].is_open
    evidence.forget()
    assert not evidence.score_then_learn(STEP_SECONDS * 1015, 0.0).is_open


def test_a_series_that_keeps_changing_has_to_outdo_itself() -> None:
    steady = np.random.default_rng(19).normal(size=6000)
    restless = steady.copy()
    for at in range(800, 5200, 400):
        restless[at : at + 150] += 4.0
    restless[5500:] += 4.0
    steady[5500:] += 4.0
    calm, used_to_it = told(steady.tolist())[5510], told(restless.tolist())[5510]
    assert calm.return_bits > used_to_it.return_bits


def test_a_young_series_says_nothing_and_a_warm_one_says_that_it_is() -> None:
    answers = told(np.random.default_rng(20).normal(size=200).tolist())
    assert not any(answer.is_warm or answer.up for answer in answers[:120])
    assert answers[-1].is_warm


def test_what_is_said_does_not_hang_on_the_unit() -> None:
    values = np.random.default_rng(21).normal(size=(3, 1060))
    values[:, 1000:] += 3.0
    scaled = np.concatenate([scale * values for scale in (1.0, 1e-9, 1e-3, 1e3, 1e9)])
    answers = told_side_by_side(scaled)
    assert np.stack([answer.alarm for answer in answers[1000:]]).any(axis=0).all()
    deviations = np.stack([answer.deviations for answer in answers], axis=1).reshape(5, 3, 1060)
    np.testing.assert_allclose(deviations[1:], np.broadcast_to(deviations[0], (4, 3, 1060)), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), 1e200])
def test_what_is_no_number_never_enters(bad: float) -> None:
    values = np.random.default_rng(22).normal(size=600).tolist()
    clean, dirty = Evidence(RUN_LENGTH), Evidence(RUN_LENGTH)
    for at, value in enumerate(values):
        dirty.score_then_learn(STEP_SECONDS * at - 1.0, bad)
        assert dirty.score_then_learn(STEP_SECONDS * at, value) == clean.score_then_learn(STEP_SECONDS * at, value)
    assert dirty.score_then_learn(float("nan"), 0.0).p_up == 1.0


def test_a_sample_that_is_not_newer_moves_nothing() -> None:
    evidence = Evidence(RUN_LENGTH)
    for at in range(300):
        evidence.score_then_learn(STEP_SECONDS * at, at % 7)
    before = evidence.score_then_learn(STEP_SECONDS * 300, 1.0)
    for at in (300, 12, -5):
        late = evidence.score_then_learn(STEP_SECONDS * at, 1e6)
        assert (late.up, late.down, late.deviations, late.alarm) == (before.up, before.down, 0.0, False)


def test_a_change_at_the_top_of_the_day_is_seen_through_the_day() -> None:
    rng = np.random.default_rng(23)
    at = np.arange(14_000)
    values = 10.0 * np.sin(2.0 * np.pi * at / 288.0) + rng.normal(size=at.size)
    values[13_896:] += 4.0  # at its highest: a threshold on the value would have to lie above it
    evidence = Evidence(RUN_LENGTH)
    answers = [evidence.score_then_learn(300.0 * number, value) for number, value in enumerate(values.tolist())]
    assert sum(answer.alarm for answer in answers[:13_896]) <= 1
    assert any(answer.alarm for answer in answers[13_896:])


def test_a_profile_of_the_day_counts_from_the_third_day_on_and_only_where_it_helps() -> None:
    rng = np.random.default_rng(24)
    daily, plain = Expectation(), Expectation()
    for hour in range(24 * 20):
        at = 3600.0 * hour
        daily.expect_then_learn(at, 5.0 * np.sin(2.0 * np.pi * hour / 24.0) ** 3 + rng.normal())
        plain.expect_then_learn(at, rng.normal())
        days = (at - daily.first_seconds) / 86_400.0
        assert days >= 2.0 or daily._best(days, frozen=False) != DAILY
    assert daily._best(19.0, frozen=False) == DAILY
    assert plain._best(19.0, frozen=False) == STEADY


def test_the_steady_level_is_the_exponential_mean_of_river() -> None:
    values = np.random.default_rng(25).uniform(-1.0, 1.0, 1500)  # never beyond four deviations, so that nothing is bounded
    expectation, mean = Expectation(), EWMean(1.0 / (1.0 + STEPS[STEADY]))
    plain = int(STEPS[STEADY]) + 1  # samples of which the level is the plain mean
    for at, value in enumerate(values.tolist()):
        expectation.expect_then_learn(STEP_SECONDS * at, value)
        if at == plain - 1:
            mean.update(float(values[:plain].mean()))
        elif at >= plain:
            mean.update(value)
    assert expectation.levels[STEADY] == pytest.approx(mean.get(), rel=1e-9)


def test_a_gap_forgets_as_much_as_the_samples_in_it_would() -> None:
    expectation = Expectation()
    for at in range(2000):
        expectation.expect_then_learn(STEP_SECONDS * at, at % 2)
    near, far = expectation.levels[QUICK], expectation.levels[STEADY]
    expectation.expect_then_learn(STEP_SECONDS * 2300, 1.0)
    assert abs(expectation.levels[QUICK] - near) > abs(expectation.levels[STEADY] - far) > 0.1


def test_evidence_is_at_most_one_on_average_while_nothing_happens() -> None:
    evenly = (np.arange(200_000) + 0.5) / 200_000
    assert np.mean([2.0 ** paid_bits(float(p)) for p in evenly]) <= 1.0


def test_ties_are_split_evenly_and_the_counts_stay_bounded() -> None:
    ranks, rng = Ranks(), np.random.default_rng(26)
    drawn = [ranks.tails_then_learn(0.0, (rng.random(), rng.random())) for _ in range(3 * HALVED_AT)]
    ups = np.array([tails.up for tails in drawn[500:]])
    assert np.quantile(ups, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.03)
    assert sum(ranks._counts) < HALVED_AT


def test_a_share_of_few_requests_says_less_than_the_same_share_of_many() -> None:
    rng = np.random.default_rng(27)

    def deviations(last_size: float) -> float:
        evidence = Evidence(RUN_LENGTH)
        for at in range(500):
            evidence.score_then_learn(STEP_SECONDS * at, rng.binomial(400, 0.05) / 400.0, sample_size=400.0)
        return evidence.score_then_learn(STEP_SECONDS * 500, 0.5, sample_size=last_size).deviations

    assert 0.0 < deviations(4.0) < 0.3 * deviations(400.0)


@pytest.mark.parametrize("share", [0.0, 0.002, 0.3, 0.999, 1.0])
def test_a_share_comes_back_from_its_scale(share: float) -> None:
    assert share_of(steadied(share, 50.0), 50.0) == pytest.approx(share, abs=1e-12)
    assert steadied(share, 50.0) < steadied(share + 0.001, 50.0)


def test_a_budget_for_a_workload_is_shared_by_its_series() -> None:
    assert run_length_of(series=20, false_alarm_every_seconds=7 * 86_400.0, step_seconds=15.0) == 806_400.0
