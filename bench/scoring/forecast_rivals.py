"""
The baselines that a forecast has to beat: Prometheus' `predict_linear` with a pending time, and proximity.

Both look at samples up to now alone. `predict_linear` is what most teams run. Proximity, how much of the way from the usual value
to the bound is gone, knows nothing of time and is hard to beat.
"""

import numpy as np

from scoring.bounded_stream import HORIZON_SAMPLES, BoundedStream
from scoring.breaches import FIRST_SAMPLES, running_median

_WINDOW_SECONDS, _PENDING_SECONDS = 3600.0, 300.0
_LEAST_SAMPLES = 6


def predict_linear(stream: BoundedStream) -> list[float]:
    """
    Return 1 / (1 + time to the bound in horizons) by least squares over the last hour, the least of the last five minutes.

    So a threshold of 0.5 is the usual rule: the line passes the bound within the horizon, and has done so `for: 5m`.
    """
    values, bound = stream.harm
    window, pending = int(_WINDOW_SECONDS / stream.step_seconds), max(1, int(_PENDING_SECONDS / stream.step_seconds))
    near = [_nearness(np.array(values[max(0, at - window + 1) : at + 1]), bound) for at in range(len(values))]
    return [min(near[at - pending : at + 1]) if at >= pending else 0.0 for at in range(len(near))]


def _nearness(recent: "np.ndarray[tuple[int], np.dtype[np.float64]]", bound: float) -> float:
    if len(recent) < 2:
        return 0.0
    ages = np.arange(len(recent)) - (len(recent) - 1) / 2
    mean = float(recent.mean())
    slope = float(ages @ (recent - mean)) / float(ages @ ages)
    now = mean + slope * float(ages[-1])
    if now >= bound:
        return 1.0
    return 1.0 / (1.0 + (bound - now) / slope / HORIZON_SAMPLES) if slope > 0.0 else 0.0


def proximity(stream: BoundedStream) -> list[float]:
    """Return the share of the way from the usual value to the bound that the median of the last five samples has gone."""
    values, bound = stream.harm
    usual, shares = None, []
    for at, median in enumerate(running_median(values)):
        if at in {_LEAST_SAMPLES - 1, FIRST_SAMPLES}:  # learned twice: as soon as possible, and better
            usual = sorted(values[: at + 1])[at // 2]
        away = 0.0 if usual is None else bound - usual
        shares.append(min(1.0, max(0.0, (median - usual) / away)) if usual is not None and away > 0.0 else 0.0)
    return shares
