"""
What a series said lately, until it is known whether the breach came: few forecasts a horizon are enough, and they are all kept.

A forecast matures when a horizon has passed, or with the breach. Where nobody looked for a horizon, what was pending is dropped: no
data is no outcome.
"""

from array import array
from collections import deque
from typing import NamedTuple

from rollguard_detector.core.outlook.pool import Inputs, Pool
from rollguard_detector.core.outlook.reliability import WARNING
from rollguard_detector.core.outlook.scales import clip

A_HORIZON = 3  # forecasts that are remembered
STEP = 0.1  # of the series' own correction, by one matured forecast
MOST_SHIFT = 2.0


class _Pending(NamedTuple):
    at_seconds: float
    told: "array[float]"  # the inputs and the probability, in four bytes each


class Matured:
    """The pending forecasts of one series; ``shift`` is what its matured ones taught about it alone, in log odds."""

    __slots__ = ("_every", "_horizon", "_pending", "_pool", "shift")

    def __init__(self, horizon_seconds: float, pool: Pool) -> None:
        self._horizon = horizon_seconds
        self._every = horizon_seconds / A_HORIZON
        self._pending: deque[_Pending] = deque()
        self._pool = pool
        self.shift = 0.0

    def learn(self, at_seconds: float, elapsed_seconds: float, *, breached: bool) -> None:
        """Settle what has matured by now."""
        pending = self._pending
        if not pending:
            return
        if elapsed_seconds >= self._horizon:
            pending.clear()
            return
        if breached:
            warning = next((one.at_seconds for one in pending if one.told[3] >= WARNING), None)
            self._pool.reliability.breach(None if warning is None else at_seconds - warning)
        while pending and (breached or at_seconds - pending[0].at_seconds >= self._horizon):
            self._settle(pending.popleft().told, came=breached)

    def _settle(self, told: "array[float]", *, came: bool) -> None:
        error = float(came) - told[3]
        self.shift = clip(self.shift + STEP * error, -MOST_SHIFT, MOST_SHIFT)
        self._pool.gather(told[:3], error)
        self._pool.reliability.settle(told[3], came=came)

    def remember(self, at_seconds: float, inputs: Inputs, said: float) -> None:
        """Keep this forecast if the last one that was kept is old enough."""
        if not self._pending or at_seconds - self._pending[-1].at_seconds >= self._every:
            self._pending.append(_Pending(at_seconds, array("f", (*inputs, said))))
