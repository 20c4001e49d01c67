"""
Where a measurement looks inside the judgement of several series: what the models of a workload find, and what each alone would.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.evidence.evidence import Evidence
from rollguard_detector.core.models.findings import Finding
from rollguard_detector.core.models.gate import Gate
from rollguard_detector.core.models.registry import named
from rollguard_detector.core.models.together import Together, TogetherParameters
from rollguard_detector.core.models.workload import ModelLimits, WorkloadModels
from rollguard_detector.core.together.ranking import Recent

STEP_SECONDS = 15.0


def alarms(values: Iterable[float], run_length: float) -> Iterator[bool]:
    """Yield for each value whether it raises an alarm where one false alarm in so many samples was asked for."""
    evidence = Evidence(run_length)
    for number, value in enumerate(values):
        yield evidence.score_then_learn(STEP_SECONDS * number, value).alarm


def found_together(rows: NDArray[np.float64], models: str, run_length: float) -> Iterator[tuple[int, Finding]]:
    """Yield what named models find in rows fifteen seconds apart, with the row that told; channels are named 0, 1, ..."""
    workload = WorkloadModels(named(models), ModelLimits(max_channels=32))
    names = [str(channel) for channel in range(rows.shape[1])]
    for at, row in enumerate(rows):
        for finding in workload.observe(STEP_SECONDS * at, names, row, quiet_seconds=run_length * STEP_SECONDS):
            yield at, finding


def together_tails(rows: NDArray[np.float64]) -> Iterator[float]:
    """Yield for each row the tail probability of its distance, 1 while there is none."""
    model, recent, gate = Together(TogetherParameters()), Recent(500), Gate()
    for row in rows.tolist():
        let_in = {str(channel): gate.admit(str(channel), value) for channel, value in enumerate(row)}
        values = {channel: value for channel, value in let_in.items() if value is not None}
        score = model.score(values)
        yield 1.0 if score is None else recent.tail(score)
        if score is not None:
            recent.learn(score)
        model.learn(values)


def innovations(values: Iterable[float]) -> list[float]:
    """Return what the built-in whitening leaves of a series."""
    evidence = Evidence()
    return [evidence.score_then_learn(STEP_SECONDS * number, value).innovation for number, value in enumerate(values)]


def admitted(values: Iterable[float]) -> list[float]:
    """Return what the gate lets through of a series."""
    gate = Gate()
    return [number for value in values if (number := gate.admit("series", value)) is not None]
