"""
Drift by Page and Hinkley's test: a sum of deviations that leaves its extreme by too much.

river's, with other defaults: its own ``delta`` of 0.005 is right for error rates between 0 and 1, and rings six times in ten
thousand independent standardised values. Half a deviation of allowance and a dozen of threshold are usual for those.
"""

from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

from rollguard_detector.core.models.port import State

_SUMS = ("_sum_increase", "_sum_decrease", "_min_increase", "_max_decrease")


class PageHinkleyParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What can be chosen."""

    delta: Annotated[float, Meta(gt=0, description="Deviations that are allowed for; half the smallest shift to be found.")] = 0.5
    threshold: Annotated[float, Meta(gt=0, description="Deviations beyond those, summed up, that are a drift.")] = 14.0
    least_samples: Annotated[int, Meta(ge=1, description="Before so many values nothing is said.")] = 30


class PageHinkley:
    """One channel's sums."""

    def __init__(self, parameters: PageHinkleyParameters) -> None:
        from river.drift import PageHinkley as RiverPageHinkley  # noqa: PLC0415  # takes seconds, and only who named it waits

        self._test: Any = RiverPageHinkley(  # river leaves it untyped
            min_instances=parameters.least_samples, delta=parameters.delta, threshold=parameters.threshold
        )

    @property
    def has_drifted(self) -> bool:
        """Whether the value that was learned last showed a drift."""
        return bool(self._test.drift_detected)

    def learn(self, value: float) -> None:
        """Take the value in."""
        self._test.update(value)

    def export(self) -> State:
        """Return mean, sums and extremes."""
        mean = self._test._x_mean  # noqa: SLF001  # river offers no other way to its state but a pickle
        sums = [getattr(self._test, name) for name in _SUMS]
        return {"sums": np.array([mean.n, mean.get(), *sums]), "has_drifted": np.array([self.has_drifted])}

    def restore(self, state: State) -> None:
        """Put back what ``export`` took; raises KeyError or ValueError where it does not fit."""
        from river.stats import Mean  # noqa: PLC0415  # as above

        count, mean, *sums = state["sums"].tolist()
        self._test._x_mean = Mean._from_state(count, mean)  # noqa: SLF001  # as in export
        for name, value in zip(_SUMS, sums, strict=True):
            setattr(self._test, name, value)
        self._test._drift_detected = bool(state["has_drifted"][0])  # noqa: SLF001  # as in export
