"""
The network as the forecaster computes it: standardised views, one hidden layer, and a straight way beside it.

Its outputs are log odds of a breach within each of the horizons. The names of the parts are those of the constants, in the order in
which `weights.py` has them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast_fit.examples import Examples

LIMIT = 3.0  # of a standardised view
Numbers = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Network:
    """The constants."""

    centres: Numbers
    scales: Numbers
    first_layer: Numbers
    first_bias: Numbers
    last_layer: Numbers
    straight: Numbers
    last_bias: Numbers

    def log_odds(self, views: Numbers) -> Numbers:
        """Return the log odds by horizon, a row an example."""
        x = standardised(views, self.centres, self.scales)
        hidden = softsign(x @ self.first_layer + self.first_bias)
        return hidden @ self.last_layer + x @ self.straight + self.last_bias


def standardised(views: Numbers, centres: Numbers, scales: Numbers) -> Numbers:
    """Return the views in deviations from the centre, bounded."""
    return np.clip((views - centres) / scales, -LIMIT, LIMIT)


def centres_and_scales(known: Examples) -> tuple[Numbers, Numbers]:
    """Return mean and deviation of each view, breaches weighing as much as quiet: else what precedes one lay beyond LIMIT."""
    breach, weights = known.came > 0, known.weights
    share = np.where(breach, weights / weights[breach].sum(), weights / weights[~breach].sum())[:, None]
    share /= share.sum()
    centres = (share * known.views).sum(0)
    return centres, np.sqrt((share * (known.views - centres) ** 2).sum(0)) + 1e-6


def softsign(sums: Numbers) -> Numbers:
    """Return sums bent into (-1, 1); cheap, and the same to the last bit wherever it is computed."""
    return sums / (1.0 + np.abs(sums))


def sigmoid(log_odds: Numbers) -> Numbers:
    """Return the probabilities of log odds."""
    return 1.0 / (1.0 + np.exp(-log_odds))
