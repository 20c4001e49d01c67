"""
Tail probabilities and evidence: no more false alarms than stated, on data of any shape.
"""

import numpy as np
import pytest

from rollguard_detector.core.tail import Tail, Whitener, e_value

SHAPES = {
    "normal": lambda rng, n: rng.standard_normal(n),
    "lognormal": lambda rng, n: np.exp(0.6 * rng.standard_normal(n)),
    "student": lambda rng, n: rng.standard_t(3, n),
    "counts": lambda rng, n: rng.poisson(0.2, n).astype(float),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_tail_probability_is_as_rare_as_it_says(shape):
    tail = Tail()
    rare = 0
    values = SHAPES[shape](np.random.default_rng(5), 20_000)
    for index, value in enumerate(values):
        tail.score(float(value))
        rare += index >= 256 and tail.probability_up <= 0.02
        tail.learn(float(value))
    assert rare <= 1.3 * 0.02 * len(values)


def test_a_sample_is_ranked_before_it_joins_its_own_reference():
    tail = Tail()
    for value in range(100):
        tail.learn(float(value))
    tail.score(1000.0)
    assert tail.probability_up == pytest.approx(1 / 101)
    assert tail.probability_down == 1.0


def test_the_mean_of_an_e_value_is_one_when_nothing_happens():
    ranks = (np.arange(1_000_000) + 0.5) / 1_000_000
    assert np.mean([e_value(float(rank)) for rank in ranks[::7]]) == pytest.approx(1.0, abs=0.05)


def test_whitening_leaves_uncorrelated_what_was_correlated():
    rng, whitener = np.random.default_rng(6), Whitener()
    before, whitened = 0.0, []
    for shock in rng.standard_normal(8000):
        before = 0.8 * before + 0.6 * shock
        whitened.append(whitener.whiten(before))
        whitener.learn(before)
    late = np.array(whitened[2000:])
    assert abs(np.corrcoef(late[1:], late[:-1])[0, 1]) < 0.15
    assert whitener.correlation == pytest.approx(0.8, abs=0.1)
