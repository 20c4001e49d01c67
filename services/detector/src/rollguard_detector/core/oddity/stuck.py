"""
Does a series stand still for longer than its own past makes likely?

A gauge that is no longer updated goes on saying its last value, and looks calmer than ever. A run of equal values is measured
against the runs of the same series: so a count that is mostly zero, or a service that sleeps every night, does not ring, and a
series that never changed has no run that ended, so that nothing is known of it. Only runs that ended are learned; the one that
lasts is what is asked about.
"""

from math import log10, nan

from rollguard_detector.core.oddity.surprise import LEAST_SAMPLES, Surprise

KEPT_RUNS = 12
LEAST_RUN_SAMPLES = 5  # shorter runs are all alike: the same value two or three times is a rounding, or a read too early
LEAST_RUN_EXPONENT = 0.3  # twice as long as any before is never held for more than ten times rarer


class Stuck:
    """The run that lasts, and how long those before it were."""

    __slots__ = ("_run_samples", "_runs", "_samples", "_value")

    def __init__(self) -> None:
        self._runs = Surprise(KEPT_RUNS, LEAST_RUN_EXPONENT)
        self._value = nan
        self._run_samples = 0
        self._samples = 0

    def score_then_learn(self, value: float) -> float:
        """Return by how many powers of ten a run so long is rarer than a sample, this sample included; 0 while it is usual."""
        if value == self._value:
            self._run_samples += 1
        else:
            if self._samples:
                self._runs.score_then_learn(max(self._run_samples, LEAST_RUN_SAMPLES))
            self._value, self._run_samples = value, 1
        self._samples += 1
        if self._run_samples <= LEAST_RUN_SAMPLES or self._runs.samples < LEAST_SAMPLES:
            return 0.0
        among_runs = self._runs.score(self._run_samples)
        return among_runs + log10(self._samples / (self._runs.samples + 1)) if among_runs > 0.0 else 0.0
