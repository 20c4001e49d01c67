"""
The next values of a channel by SNARIMAX: lags, seasonal lags and past errors into a linear model that learns by gradient steps.

river's. On whitened residuals it finds what whitening left, such as a period. It takes evenly spaced values for granted, which
vectors of ticks are where no tick was missed. Steps along a gradient may run away; a model whose forecast is no number any more
begins anew.
"""

from collections.abc import Sequence
from math import isfinite
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

from rollguard_detector.core.models.gate import LIMIT
from rollguard_detector.core.models.port import State

_HISTORIES = ("y_hist", "y_diff", "errors")


class SnarimaxParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What can be chosen."""

    lags: Annotated[int, Meta(ge=1, le=64, description="Past values (p).")] = 4
    differences: Annotated[int, Meta(ge=0, le=2, description="How often values are differenced first (d).")] = 0
    errors: Annotated[int, Meta(ge=0, le=64, description="Past errors (q).")] = 2
    season: Annotated[int, Meta(ge=1, le=10_000, description="Ticks in a season (m); 1 for none.")] = 1
    seasonal_lags: Annotated[int, Meta(ge=0, le=4, description="Values of past seasons (sp).")] = 0


class Snarimax:
    """One channel's lags and weights."""

    def __init__(self, parameters: SnarimaxParameters) -> None:
        self._parameters = parameters
        self._model = self._begin()

    def _begin(self) -> Any:  # river leaves it untyped
        from river.time_series import SNARIMAX  # noqa: PLC0415  # takes seconds, and only who named the model waits

        chosen = self._parameters
        return SNARIMAX(chosen.lags, chosen.differences, chosen.errors, chosen.season, chosen.seasonal_lags)

    def forecast(self, steps: int) -> Sequence[float]:
        """Return the next values, within the limit of the gate."""
        return [max(-LIMIT, min(LIMIT, float(value))) for value in self._model.forecast(steps)]

    def learn(self, value: float) -> None:
        """Take the value in."""
        self._model.learn_one(value)
        if not all(isfinite(forecast) for forecast in self._model.forecast(1)):
            self._model = self._begin()

    def export(self) -> State:
        """Return histories, and by feature the count, mean, variance and weight."""
        scaler, linear = self._model.regressor["StandardScaler"], self._model.regressor["LinearRegression"]
        weights = linear.weights
        names = list(scaler.counts)
        rows = [(scaler.counts[name], scaler.means[name], scaler.vars[name], weights.get(name, 0.0)) for name in names]
        histories = {name: np.array(getattr(self._model, name), dtype=np.float64) for name in _HISTORIES}
        return histories | {
            "features": np.array(names, dtype=np.str_),
            "weights": np.array(rows, dtype=np.float64).reshape(-1, 4),
            "linear": np.array([linear.intercept, float(linear.optimizer.n_iterations)]),
        }

    def restore(self, state: State) -> None:
        """Put back what ``export`` took; raises KeyError or ValueError where it does not fit."""
        self._model = self._begin()
        for name in _HISTORIES:
            getattr(self._model, name).extend(state[name].tolist())
        scaler, linear = self._model.regressor["StandardScaler"], self._model.regressor["LinearRegression"]
        rows = zip(state["features"].tolist(), state["weights"].tolist(), strict=True)
        for name, (count, mean, variance, weight) in rows:
            scaler.counts[name], scaler.means[name], scaler.vars[name] = int(count), mean, variance
            linear._weights[name] = weight  # noqa: SLF001  # river offers no other way to its state but a pickle
        linear.intercept, linear.optimizer.n_iterations = float(state["linear"][0]), int(state["linear"][1])
