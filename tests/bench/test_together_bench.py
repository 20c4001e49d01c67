"""
What the measurements of several series assume of the series that they make up.
"""

import numpy as np
import pytest
from scoring.joint import JOINT_FAMILIES, broken
from scoring.together_core import found_together


def test_a_broken_pair_looks_the_same_before_and_after_but_for_its_relation():
    rows = broken(np.random.default_rng(1), 8_000, 3, 4_000)
    before, after = rows[:4_000], rows[4_000:]
    np.testing.assert_allclose(before.std(axis=0), after.std(axis=0), rtol=0.06)
    assert np.corrcoef(before[:, 0], before[:, 1])[0, 1] == pytest.approx(0.9, abs=0.02)
    assert abs(np.corrcoef(after[:, 0], after[:, 1])[0, 1]) < 0.05


@pytest.mark.parametrize("family", JOINT_FAMILIES)
def test_quiet_channels_move_together(family):
    rows = JOINT_FAMILIES[family](np.random.default_rng(2), 4_000, 3)
    ranks = rows.argsort(axis=0).argsort(axis=0)
    assert np.corrcoef(ranks[:, 0], ranks[:, 2])[0, 1] == pytest.approx(0.6, abs=0.07)


def test_what_was_found_comes_with_its_row():
    rows = broken(np.random.default_rng(3), 500, 2, 400)
    found = list(found_together(rows, "together", 1e3))
    assert found != []
    assert all(400 <= at < 500 for at, _ in found)
