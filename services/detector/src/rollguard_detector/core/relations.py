"""
The models that look at a workload's series together, fed by what each series' own model could not expect.

Samples go in one by one in the order of the log, as deviations from their series' own model, so where polls are cut cannot show.
What is found is a part of the workload's incident like any departure; it is over when nothing more was found for ten minutes of
event time. Each revision is learned by itself, the newest two of them: how series go together is the release's.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from rollguard_detector.core.incidents import Part
from rollguard_detector.core.models.findings import Finding
from rollguard_detector.core.models.registry import Named
from rollguard_detector.core.models.workload import StateRefused, WorkloadModels
from rollguard_detector.core.packed import Packed, pack, unpack
from rollguard_detector.core.readings import Reading

RELATION = 1 << 40  # the key of what is found among the parts of an incident; rows and their complements stay below

_OVER_AFTER_SECONDS = 600.0
_REVISIONS_KEPT = 2
_DAY_SECONDS = 86_400.0
_SEEN_KEPT = 64


class Seen(NamedTuple):
    """The last sample of a series."""

    metric: str
    unit: str
    value: float


class Stirred(NamedTuple):
    """What a sample led to: a part that departs, or one that is over."""

    part: Part
    is_over: bool


class RelationsKept(msgspec.Struct, frozen=True, array_like=True):
    """All that is known, to be kept over a restart: each revision's models, the newest last, and what is open."""

    revisions: dict[str, dict[str, Packed]]
    seen: dict[str, tuple[str, str, float]]
    samples: int
    part: Part | None
    found_at_seconds: float


class Relations:
    """The models of one workload."""

    __slots__ = ("_found_at_seconds", "_named", "_part", "_revisions", "_samples", "_seen")

    def __init__(self, models: Sequence[Named]) -> None:
        self._named = models
        self._revisions: dict[str, WorkloadModels] = {}
        self._seen: dict[str, Seen] = {}
        self._samples = 0
        self._part: Part | None = None
        self._found_at_seconds = 0.0

    def observe(self, reading: Reading, residual: float, budget_days: float) -> list[Stirred]:
        """
        Take a sample in, in deviations from what its own model expected; NaN where that model knows too little.

        ``budget_days`` is how long one rule may go without a false alarm, as for the rules of a single series.
        """
        self._samples += 1
        self._see(reading)
        at_seconds, stirred = reading.at_seconds, list[Stirred]()
        if self._part is not None and at_seconds - self._found_at_seconds >= _OVER_AFTER_SECONDS:
            stirred.append(Stirred(self._part, is_over=True))
            self._part = None
        found = self._of(reading.revision or "").observe(
            at_seconds, [reading.series], np.array([residual]), quiet_seconds=budget_days * _DAY_SECONDS
        )
        if found:
            self._part = self._part_of(found[-1], reading)
            self._found_at_seconds = at_seconds
            stirred.append(Stirred(self._part, is_over=False))
        return stirred

    def kept(self) -> RelationsKept:
        """Return what is known."""
        revisions = {name: pack(models.export()) for name, models in self._revisions.items()}
        return RelationsKept(
            revisions, {name: (*seen,) for name, seen in self._seen.items()}, self._samples, self._part, self._found_at_seconds
        )

    def resume(self, kept: RelationsKept) -> None:
        """Go on from what was known; models that are not those of before begin anew."""
        self._samples, self._part, self._found_at_seconds = kept.samples, kept.part, kept.found_at_seconds
        self._seen = {name: Seen(*seen) for name, seen in kept.seen.items()}
        for name, columns in kept.revisions.items():
            models = WorkloadModels(self._named)
            try:
                models.restore(unpack(columns))
            except StateRefused:
                continue
            self._revisions[name] = models

    def _of(self, revision: str) -> WorkloadModels:
        models = self._revisions.pop(revision, None) or WorkloadModels(self._named)
        self._revisions[revision] = models
        if len(self._revisions) > _REVISIONS_KEPT:
            del self._revisions[next(iter(self._revisions))]
        return models

    def _see(self, reading: Reading) -> None:
        self._seen.pop(reading.series, None)
        self._seen[reading.series] = Seen(reading.metric, reading.unit, reading.value)
        if len(self._seen) > _SEEN_KEPT:
            del self._seen[next(iter(self._seen))]

    def _part_of(self, finding: Finding, reading: Reading) -> Part:
        """Say what was found, by the series that answers for most of it; no range is told, as it depends on all the others."""
        first = finding.contributions[0]
        seen = self._seen.get(first.channel) or Seen(reading.metric, reading.unit, reading.value)
        return Part(
            series=first.channel,
            metric=seen.metric,
            revision=reading.revision,
            unit=seen.unit,
            kind="relation",
            side=first.direction,
            opened_at=finding.at_seconds,
            observed=seen.value,
            expected=seen.value,
            expected_low=seen.value,
            expected_high=seen.value,
            deviations=abs(finding.score),
            evidence=finding.evidence or 1.0,
            samples=self._samples,
        )
