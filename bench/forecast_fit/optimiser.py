"""
Adam on the log loss of all horizons at once (Kingma and Ba, 2015), with a rate that warms up and then falls along a cosine.

Some inputs are dropped so that no view is trusted alone. All random numbers come from one seed in one order: the same examples give
the same constants.
"""

from collections.abc import Sequence

import numpy as np

from forecast_fit.examples import Examples
from forecast_fit.network import Network, Numbers, centres_and_scales, sigmoid, softsign, standardised

HIDDEN = 24
STEPS = 6_000
BATCH = 2048
DROPPED = 0.05
RIDGE = 2e-4
RATE = 0.01
_WARM_STEPS = 50
_LAST_RATE_SHARE = 0.01
_RARE = -3.0  # log odds from which the outputs start: most samples precede no breach


class Adam:
    """The parts that are fitted, and running means of their gradients and of the squares."""

    def __init__(self, parts: Sequence[Numbers]) -> None:
        self.parts = list(parts)
        self._first = [np.zeros_like(part) for part in parts]
        self._second = [np.zeros_like(part) for part in parts]
        self._steps = 0

    def step(self, gradients: Sequence[Numbers], rate: np.float64) -> None:
        """Go one step downhill."""
        self._steps += 1
        first_share, second_share = 1 - 0.9**self._steps, 1 - 0.999**self._steps
        for index, gradient in enumerate(gradients):
            self._first[index] = 0.9 * self._first[index] + 0.1 * gradient
            self._second[index] = 0.999 * self._second[index] + 0.001 * gradient * gradient
            scale = np.sqrt(self._second[index] / second_share) + 1e-8
            self.parts[index] = self.parts[index] - rate * (self._first[index] / first_share) / scale


def fit(known: Examples, *, steps: int = STEPS, seed: int = 0) -> Network:
    """Return the network that forecasts these examples best, as far as so many steps lead."""
    random_numbers = np.random.default_rng(seed)
    centres, scales = centres_and_scales(known)
    views = standardised(known.views, centres, scales).astype(np.float32)
    adam = Adam(_first_parts(random_numbers, views.shape[1], known.labels.shape[1]))
    cumulated = np.cumsum(known.shares)
    for step in range(1, steps + 1):
        drawn = np.searchsorted(cumulated, random_numbers.random(BATCH) * cumulated[-1])
        rows = np.minimum(drawn, len(views) - 1)
        x = views[rows] * (random_numbers.random((BATCH, views.shape[1])) > DROPPED)
        adam.step(_gradients(adam.parts, x, known.labels[rows]), _rate(step, steps))
    return Network(centres, scales, *adam.parts)


def _first_parts(random_numbers: np.random.Generator, views: int, outputs: int) -> list[Numbers]:
    parts = (
        random_numbers.normal(0, views**-0.5, (views, HIDDEN)),
        np.zeros(HIDDEN),
        random_numbers.normal(0, 0.3, (HIDDEN, outputs)),
        np.zeros((views, outputs)),
        np.full(outputs, _RARE),
    )
    return [part.astype(np.float32) for part in parts]


def _gradients(parts: Sequence[Numbers], x: Numbers, labels: Numbers) -> list[Numbers]:
    """Return the gradients of the mean log loss, with a ridge on all that multiplies."""
    first_layer, first_bias, last_layer, straight, last_bias = parts
    hidden = softsign(x @ first_layer + first_bias)
    said = sigmoid(hidden @ last_layer + x @ straight + last_bias)
    error = ((said - labels) / len(x)).astype(np.float32)
    back = (error @ last_layer.T) * (1.0 - np.abs(hidden)) ** 2
    return [
        x.T @ back + RIDGE * first_layer,
        back.sum(0),
        hidden.T @ error + RIDGE * last_layer,
        x.T @ error + RIDGE * straight,
        error.sum(0),
    ]


def _rate(step: int, steps: int) -> np.float64:
    """Return the rate of a step; numpy's double, which makes doubles of the parts."""
    fallen = 0.5 * (1.0 + np.cos(np.float64(np.pi * step / steps))) + _LAST_RATE_SHARE
    return np.float64(RATE * min(1.0, step / _WARM_STEPS) * fallen)
