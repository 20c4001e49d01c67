"""
Several series judged together: equal to river's covariances, unmoved by gaps, as quiet as stated, and awake to a broken relation.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river.covariance import EwaCovariance, EwaPrecision, LedoitWolfCovariance

from rollguard_detector.core.models.registry import named
from rollguard_detector.core.models.together import Together, TogetherParameters
from rollguard_detector.core.models.together_watch import TogetherWatch
from rollguard_detector.core.together.covariance import Covariance
from rollguard_detector.core.together.distance import distance
from rollguard_detector.core.together.marginals import Marginals
from rollguard_detector.core.together.ranking import Recent
from rollguard_detector.core.together.sweep import inverse
from rollguard_detector.core.together.ticks import Vector

SHARE = 0.02
SHAPES = {
    "normal": lambda normal, rng: normal,
    "lognormal": lambda normal, rng: np.exp(0.6 * normal),
    "student": lambda normal, rng: normal / np.sqrt(rng.chisquare(3, size=(len(normal), 1)) / 3.0),
}


def related(rng, samples, channels, correlation=0.6):
    """Return correlated normal rows."""
    shared = rng.standard_normal((samples, 1))
    return np.sqrt(correlation) * shared + np.sqrt(1.0 - correlation) * rng.standard_normal((samples, channels))


def standardised(rows):
    return np.clip((rows - rows.mean(axis=0)) / rows.std(axis=0), -8.0, 8.0)


def as_vectors(rows):
    return [Vector(15.0 * at, {f"c{number}": float(value) for number, value in enumerate(row)}) for at, row in enumerate(rows)]


def watching(memory=500):
    return TogetherWatch("together", Together(TogetherParameters(memory=memory)))


def findings(watch, vectors, run_length):
    return [(at, finding) for at, vector in enumerate(vectors) for finding in watch.observe(vector, run_length)]


def side_by_side(river, rows):
    """Feed both; the plain mean of the first samples is ours, so the counts are put beyond it after the first."""
    ours, everyone = Covariance(rows.shape[1], SHARE), np.arange(rows.shape[1])
    for at, row in enumerate(rows):
        ours.learn(everyone, row)
        river.update(dict(enumerate(row.tolist())))
        if at == 0:
            ours.pairs[:], ours.samples = 1e9, 10**9
            ours.dispersion = getattr(river, "_pi_bar", 0.0)
    return ours, everyone


def matrix_of(river, size):
    return np.array([[river[min(i, j), max(i, j)] for j in range(size)] for i in range(size)])


def test_the_covariance_is_rivers_exponential_one():
    river = EwaCovariance(SHARE)
    ours, _ = side_by_side(river, related(np.random.default_rng(1), 400, 4) + 3.0)
    np.testing.assert_allclose(ours.covariance, matrix_of(river, 4), rtol=1e-9, atol=1e-12)


def test_shrunk_it_is_rivers_ledoit_wolf():
    river = LedoitWolfCovariance(SHARE)
    ours, everyone = side_by_side(river, related(np.random.default_rng(2), 400, 6))
    np.testing.assert_allclose(ours.shrunk(everyone), matrix_of(river, 6), rtol=1e-9)
    assert not np.allclose(ours.shrunk(everyone), ours.covariance, rtol=1e-3)


def test_the_precision_is_close_to_rivers_on_many_samples():
    river = EwaPrecision(0.002)
    rows = related(np.random.default_rng(3), 4_000, 3)
    ours = Covariance(3, 0.002)
    for row in rows:
        ours.learn(np.arange(3), row)
        river.update(dict(enumerate(row.tolist())))
    np.testing.assert_allclose(ours.precision(np.arange(3)), matrix_of(river, 3), atol=0.1)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12), st.integers(0, 10_000))
def test_the_inverse_is_the_inverse(size, seed):
    factor = np.random.default_rng(seed).standard_normal((size, size))
    matrix = factor @ factor.T + 0.1 * np.eye(size)
    np.testing.assert_allclose(inverse(matrix), np.linalg.inv(matrix), rtol=1e-6, atol=1e-9)


def test_a_matrix_that_is_not_definite_has_no_inverse_here():
    assert inverse(np.array([[1.0, 2.0], [2.0, 1.0]])) is None
    assert inverse(np.full((2, 2), np.nan)) is None


def test_a_part_of_the_distance_is_what_it_loses_without_the_channel():
    rng = np.random.default_rng(4)
    factor = rng.standard_normal((5, 5))
    covariance, row = factor @ factor.T + np.eye(5), rng.standard_normal(5)
    whole = distance(np.linalg.inv(covariance), row)
    for left_out in range(5):
        rest = np.delete(np.arange(5), left_out)
        without = distance(np.linalg.inv(covariance[np.ix_(rest, rest)]), row[rest])
        assert whole.parts[left_out] == pytest.approx(whole.squared - without.squared)


@pytest.mark.parametrize("channels", [1, 2, 5, 20])
def test_distances_of_more_and_of_fewer_channels_compare(channels):
    rows = np.random.default_rng(5).standard_normal((4_000, channels))
    scores = [distance(np.eye(channels), row).normal_score for row in rows]
    assert np.mean(scores) == pytest.approx(0.0, abs=0.1)
    assert np.std(scores) == pytest.approx(1.0, abs=0.1)


def test_pairs_that_were_never_seen_together_count_as_unrelated():
    covariance, rng = Covariance(3, SHARE), np.random.default_rng(6)
    for at in range(300):
        pair = np.array([0, 1]) if at % 2 else np.array([1, 2])
        covariance.learn(pair, np.repeat(rng.standard_normal(), 2))
    assert covariance.covariance[0, 2] == 0.0
    assert np.all(np.isfinite(covariance.precision(np.arange(3))))
    assert np.all(np.linalg.eigvalsh(covariance.precision(np.arange(3))) > 0.0)


def test_channel_tails_are_never_rarer_than_the_ranks():
    marginals, one, values = Marginals(1, 1e-9), np.array([0]), np.random.default_rng(7).standard_t(3, 500)
    for at, value in enumerate(values):
        exact = (np.sum(np.abs(values[:at]) >= abs(value)) + 1) / (at + 1)
        assert marginals.tails(one, np.array([value]))[0] >= exact - 1e-6
        marginals.learn(one, np.array([value]))


def test_a_rank_counts_ties_and_itself():
    recent = Recent(4)
    for score in (9.0, 1.0, 2.0, 2.0, 3.0):
        recent.learn(score)
    assert [recent.tail(score) for score in (4.0, 3.0, 2.0, 0.0)] == [1 / 5, 2 / 5, 4 / 5, 1.0]


@pytest.mark.parametrize("shape", SHAPES)
def test_quiet_channels_ring_no_more_often_than_stated(shape):
    rng, run_length, samples = np.random.default_rng(8), 200.0, 3_000
    rows = standardised(SHAPES[shape](related(rng, samples, 3), rng))
    assert len(findings(watching(), as_vectors(rows), run_length)) <= samples / run_length


@pytest.mark.parametrize("shape", SHAPES)
def test_distances_are_as_rare_as_their_tails_say(shape):
    rng, rare = np.random.default_rng(9), 0
    model, recent = Together(TogetherParameters()), Recent(500)
    vectors = as_vectors(standardised(SHAPES[shape](related(rng, 2_500, 4), rng)))
    for at, vector in enumerate(vectors):
        score = model.score(vector.values)
        if score is not None:
            rare += at >= 500 and recent.tail(score) <= 0.02
            recent.learn(score)
        model.learn(vector.values)
    assert rare <= 1.5 * 0.02 * 2_000


def broken_relation(samples=1_200, at=1_000, channels=4):
    """Return rows in which the first two move together until they do not; each goes on as it always did."""
    rng = np.random.default_rng(10)
    rows = related(rng, samples, channels, correlation=0.2)
    rows[:, 1] = 0.97 * rows[:, 0] + 0.24 * rng.standard_normal(samples)
    rows[at:, 1] = rows[at:, 1].std() * rng.standard_normal(samples - at)
    return rows


def test_a_broken_relation_is_found_though_each_channel_is_usual():
    rows = broken_relation()
    found = findings(watching(), as_vectors(rows), 1e5)

    first_at, first = found[0]
    assert 1_000 <= first_at < 1_060
    assert first.kind in {"distance", "relation"}
    assert {one.channel for one in first.contributions[:2]} == {"c0", "c1"}
    assert sum(one.share for one in first.contributions[:2]) > 0.8
    for channel in range(4):
        alone = watching()
        assert findings(alone, as_vectors(rows[:, [channel]]), 1e5) == []


def test_contributions_sum_to_one_and_name_the_side():
    rows = related(np.random.default_rng(11), 900, 3)
    rows[800:, 2] -= 6.0
    _, first = findings(watching(), as_vectors(rows), 1e4)[0]
    assert sum(one.share for one in first.contributions) == pytest.approx(1.0)
    assert (first.contributions[0].channel, first.contributions[0].direction) == ("c2", "down")


def test_constant_channels_neither_ring_nor_hide_others():
    rows = np.hstack([np.zeros((1_200, 2)), broken_relation()])
    found = findings(watching(), as_vectors(rows), 1e5)
    assert 1_000 <= found[0][0] < 1_080
    assert {one.channel for one in found[0][1].contributions[:2]} == {"c2", "c3"}


def test_missing_channels_neither_ring_nor_hide_others():
    rng = np.random.default_rng(12)
    vectors = [
        Vector(one.at_seconds, {name: value for name, value in one.values.items() if rng.random() < 0.8})
        for one in as_vectors(broken_relation(samples=1_300))
    ]
    found = findings(watching(), vectors, 1e5)
    assert 1_000 <= found[0][0] < 1_120


def test_a_channel_that_comes_later_is_learned_before_it_counts():
    model, rng = Together(TogetherParameters()), np.random.default_rng(13)
    for at in range(120):
        model.learn({"old": rng.standard_normal()} | ({"new": rng.standard_normal()} if at >= 100 else {}))
    assert model.score({"new": 7.0}) is None
    assert model.view({"old": 0.1, "new": 7.0}).channels == ["old"]


def test_the_channel_heard_last_takes_the_place_of_the_one_not_heard_longest():
    model = Together(TogetherParameters())
    for number in range(40):
        for _ in range(35):
            model.learn({f"c{number}": float(number % 3)})
    assert model.score({"c0": 1.0}) is None
    assert model.score({"c39": 1.0}) is not None


def test_many_channels_a_little_off_are_seen_in_the_mean():
    rows = np.random.default_rng(14).standard_normal((900, 16))
    rows[800:] *= 2.0
    found = findings(watching(), as_vectors(rows), 1e4)
    assert found[0][0] >= 800
    assert len(found[0][1].contributions) in {1, 16}


def test_together_is_named_by_default_parameters():
    assert named("together")[0].parameters == TogetherParameters()
