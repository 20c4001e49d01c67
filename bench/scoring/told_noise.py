"""
What the hour before a drawn canary would have told of the arms' noise: by its control's replicas, or by the rollout before.

Drawn as the canary is, one prior a run: by what chance makes of an hour, not by the truth.
"""

from collections.abc import Sequence

import numpy as np

from rollguard_detector.core.comparison.dispersion import prior_told
from rollguard_detector.core.comparison.side_by_side import Parts, log_likelihoods
from scoring.canaries import MINUTES, Cell, Counts, draw
from scoring.canary_own import Prior


def told_by_replicas(cell: Cell, seed: Sequence[int]) -> Prior:
    """Return the prior after an hour of the control's replicas."""
    return prior_told([log_likelihoods(hour_of_replicas(cell, seed))])


def hour_of_replicas(cell: Cell, seed: Sequence[int]) -> list[Parts]:
    """Return what the control's replicas counted in each minute of an hour; they share its requests alike."""
    rng, shape = np.random.default_rng(seed), (MINUTES, cell.control_replicas)
    noise = rng.gamma(1.0 / cell.arm_variance, cell.arm_variance, shape) if cell.arm_variance else 1.0
    n = rng.poisson(cell.requests_a_second * 60.0 * (1.0 - cell.splits[:, None]) / cell.control_replicas, shape)
    bad = rng.binomial(n, np.minimum(cell.base_rate * noise, 1.0))
    return [_parts(n[minute], bad[minute]) for minute in range(MINUTES)]


def told_by_history(cell: Cell, seed: Sequence[int]) -> Prior:
    """Return the prior after a healthy rollout with the same split."""
    rows = draw(cell, 1, seed).rows(0)
    return prior_told([log_likelihoods([{"old": row[:2], "new": row[2:]} for row in rows])])


def _parts(n: Counts, bad: Counts) -> Parts:
    return {str(place): part for place, part in enumerate(zip(n.tolist(), bad.tolist(), strict=True))}
