"""
The breach forecaster in bulk: ``core/outlook/forecast``, a row a series and bound, equal sample by sample to 1e-9.

What a row answers depends on that row and on its pool as it stood at the last tick. So whoever cuts a poll into calls cuts it also
where the newest event time of the log enters a new tick (``tick_of``), and calls ``settle`` there: between two ticks nothing that
is shared moves.
"""

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core import loops
from rollguard_detector.core.banks.bank import Bank, Column, Flags, Floats, Rows
from rollguard_detector.core.banks.outlooks.gauge import GaugeBank
from rollguard_detector.core.banks.outlooks.matured import MaturedBank
from rollguard_detector.core.banks.outlooks.network import network
from rollguard_detector.core.banks.outlooks.pools import PoolBank
from rollguard_detector.core.banks.outlooks.scales import Told, sigmoid
from rollguard_detector.core.banks.outlooks.times import times
from rollguard_detector.core.outlook.forecast import KNOWN_SAMPLES, OWN


class Outlooks(NamedTuple):
    """What ``BreachForecast`` says, a column a field."""

    probability: Floats
    eta_p10_seconds: Floats
    eta_p50_seconds: Floats
    eta_p90_seconds: Floats
    level: Floats
    slope_per_second: Floats
    has_trend: Flags
    is_known: Flags


class OutlookBank(Bank):
    """Rows are series with a bound; ``pools`` is a bank of its own, since its rows are not these."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {
        "bound": Column(),
        "sign": Column(np.int8, initial=1),
        "horizon": Column(initial=1.0),
        "pool": Column(np.int32),
        "at": Column(initial=-np.inf),
    }

    bound: Floats
    sign: NDArray[np.int8]
    horizon: Floats
    pool: NDArray[np.int32]
    at: Floats

    def __init__(self) -> None:
        self.gauge, self.matured, self.pools = GaugeBank(), MaturedBank(), PoolBank()
        self.pools.grow(1)
        super().__init__(gauge=self.gauge, matured=self.matured)

    def open(self, rows: Rows, bounds: Floats, above: Flags, horizon_seconds: Floats, pools: Rows) -> None:
        """
        Begin rows, each with its bound, its direction of harm, its horizon and the number of its pool.

        They are as they were made, or were cleared: a new track would pay for it more than for all else.
        """
        self.bound[rows], self.sign[rows] = bounds, np.where(above, 1, -1)
        self.horizon[rows], self.pool[rows] = horizon_seconds, pools
        if len(pools):
            self.pools.grow(int(np.max(pools)) + 1)

    def settle(self, at_seconds: float) -> None:
        """Let all pools learn what matured before this tick of event time; nothing happens within a tick."""
        every = np.arange(self.pools.capacity, dtype=np.intp)
        self.pools.settle(every, np.full(len(every), at_seconds))

    def forecast_then_learn(self, rows: Rows, at_seconds: Floats, values: Floats) -> Outlooks:
        """Take one sample a row in (a time that does not increase counts as the time before) and say what follows."""
        if (loop := loops.of("outlook")) is not None:
            return Outlooks(*loop.forecast_then_learn(self, rows, at_seconds, values))
        before = self.at[rows]
        first = before == -np.inf
        at = np.maximum(before, at_seconds)
        elapsed = at - np.where(first, at, before)
        self.at[rows] = at
        with np.errstate(over="ignore"):  # a ratio that overflows is bounded in the next step, as in the one-series form
            return self._answer(rows, at, elapsed, values)

    def _answer(self, rows: Rows, at: Floats, elapsed: Floats, values: Floats) -> Outlooks:
        bound, sign, horizon, pool = self.bound[rows], self.sign[rows], self.horizon[rows], self.pool[rows].astype(np.intp)
        seen = self.gauge.learn(rows, sign * (bound - values), elapsed, horizon)
        log_odds = network(seen.views)
        breached = seen.median <= 0.0
        self.matured.learn(rows, Told(at, elapsed, horizon), breached, self.pools, pool)
        inputs = (log_odds[OWN], (log_odds[OWN] + log_odds[OWN + 1] + log_odds[OWN + 2]) / 3.0, seen.straight.crosses)
        weights = self.pools.weights(pool)
        stacked = weights[0] * inputs[0] + weights[1] * inputs[1] + weights[2] * inputs[2] + weights[3] + self.matured.shift[rows]
        said = sigmoid(stacked)
        quiet = ~breached
        self.matured.remember(rows[quiet], at[quiet], horizon[quiet], np.stack([*inputs, said])[:, quiet])
        soon, middle, late = np.where(breached, 0.0, times(log_odds, stacked - log_odds[OWN], seen.straight, horizon))
        level, slope = bound - sign * seen.straight.level, -sign * seen.straight.slope
        trend, known = seen.straight.evidence > 0.0, seen.samples >= KNOWN_SAMPLES
        return Outlooks(np.where(breached, 1.0, said), soon, middle, late, level, slope, trend, known)
