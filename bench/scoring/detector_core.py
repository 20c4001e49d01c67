"""
The one place where a measurement looks inside the detector: what it says of a sample, without the shell around it.

Assumed of it: `Whitened` turns values into residuals, `Ranks` residuals into the probabilities of being so high and so low, and
`Evidence` values into evidence that is compared with the stated run length, and forgotten after an alarm. `WorkloadModels` takes
the samples of an instant and returns what its models found in the ticks that they close.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.models.findings import Finding
from rollguard_detector.core.models.gate import Gate
from rollguard_detector.core.models.registry import named
from rollguard_detector.core.models.together import Together, TogetherParameters
from rollguard_detector.core.models.workload import ModelLimits, WorkloadModels
from rollguard_detector.core.oddity.evidence import Evidence, Ranks, Whitened
from rollguard_detector.core.together.ranking import Recent


def alarms(values: Iterable[float], run_length: float) -> Iterator[bool]:
    """Yield for each value whether it raises an alarm where one false alarm in so many samples was asked for."""
    evidence = Evidence()
    for value in values:
        raised = evidence.score_then_learn(value) >= run_length
        if raised:
            evidence.forget()
        yield raised


def tails(values: Iterable[float]) -> Iterator[tuple[float, float]]:
    """Yield for each value the probabilities of one so high and of one so low."""
    whitened, ranks = Whitened(), Ranks()
    for value in values:
        yield ranks.tails_then_learn(whitened.residual_then_learn(value))


def found_together(rows: NDArray[np.float64], models: str, run_length: float) -> Iterator[tuple[int, Finding]]:
    """Yield what named models find in rows fifteen seconds apart, with the row that told; channels are named 0, 1, ..."""
    workload = WorkloadModels(named(models), ModelLimits(max_channels=32, run_length=run_length))
    names = [str(channel) for channel in range(rows.shape[1])]
    for at, row in enumerate(rows):
        for finding in workload.observe(15.0 * at, names, row):
            yield at, finding


def together_tails(rows: NDArray[np.float64]) -> Iterator[float]:
    """Yield for each row the tail probability of its distance, 1 while there is none."""
    model, recent, gate = Together(TogetherParameters()), Recent(500), Gate()
    for row in rows.tolist():
        admitted = {str(channel): gate.admit(str(channel), value) for channel, value in enumerate(row)}
        values = {channel: value for channel, value in admitted.items() if value is not None}
        score = model.score(values)
        yield 1.0 if score is None else recent.tail(score)
        if score is not None:
            recent.learn(score)
        model.learn(values)


def innovations(values: Iterable[float]) -> list[float]:
    """Return what the built-in whitening leaves of a series."""
    whitened = Whitened()
    return [whitened.residual_then_learn(value) for value in values]


def admitted(values: Iterable[float]) -> list[float]:
    """Return what the gate lets through of a series."""
    gate = Gate()
    return [number for value in values if (number := gate.admit("series", value)) is not None]
