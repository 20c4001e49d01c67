"""
Who forecasts, told apart by name alone: the command that is measured, and the baselines that run beside it.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from scoring.bounded_stream import BoundedStream
from scoring.breaches import truth
from scoring.conversation import lock_step
from scoring.forecast_credit import Forecasts
from scoring.forecast_rivals import predict_linear, proximity

Forecaster = Callable[[Sequence[BoundedStream]], list[Forecasts]]

COMMAND, PREDICT_LINEAR, PROXIMITY = "command", "predict_linear", "proximity"


def forecasters(command: str, jobs: int) -> Mapping[str, Forecaster]:
    """Return everybody; the command is asked in lock step, `jobs` streams at the same time."""

    def ask(streams: Sequence[BoundedStream]) -> list[Forecasts]:
        with ThreadPoolExecutor(jobs) as pool:
            answers = list(pool.map(lambda stream: lock_step(command, stream.lines(), opening=stream.opening()), streams))
        return [Forecasts(scores, truth(stream)) for scores, stream in zip(answers, streams, strict=True)]

    return {COMMAND: ask, PREDICT_LINEAR: _calculating(predict_linear), PROXIMITY: _calculating(proximity)}


def _calculating(baseline: Callable[[BoundedStream], list[float]]) -> Forecaster:
    return lambda streams: [Forecasts(baseline(stream), truth(stream)) for stream in streams]
