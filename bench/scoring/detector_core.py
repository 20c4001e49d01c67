"""
The one place where a measurement looks inside the detector: what it says of a sample, without the shell around it.

Assumed of it: `Whitened` turns values into residuals, `Ranks` residuals into the probabilities of being so high and so low, and
`Evidence` values into evidence that is compared with the stated run length, and forgotten after an alarm.
"""

from collections.abc import Iterable, Iterator

from rollguard_detector.core.oddity.evidence import Evidence, Ranks, Whitened


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
