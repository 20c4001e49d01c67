"""
One series' anomaly: from a score a sample to one incident with a beginning and an end.

The rule: an incident opens on evidence *and* size *and* persistence, and ends in one of two ways, back to what was likely before it
or with the new level adopted. While it is open it is measured against the reference of its beginning; against the model, which
goes on learning, every lasting fault would become normal within minutes and be called over.
"""

from typing import Literal

import msgspec
from river.stats import EWMean

from rollguard_detector.core.decay import RobustLevel
from rollguard_detector.core.tail import EVIDENCE_NEEDED, Tail, Whitener
from rollguard_schemas.signals import Severity

State = Literal["calm", "open"]
Finding = Literal["departure", "return", "adoption"]

TRANSITIONS: dict[tuple[State, Finding], State] = {
    ("calm", "departure"): "open",
    ("open", "return"): "calm",
    ("open", "adoption"): "calm",
}

_WARM_SAMPLES = 30
_SMOOTHING = 0.2  # about the last nine samples: one outlier of any size is no incident
_OPENS_AT = 3.0
_SEVERITIES: tuple[tuple[float, Severity], ...] = ((8.0, "high"), (5.0, "medium"), (_OPENS_AT, "low"))
_CALM_BELOW = 1.5
_RETURNED_SAMPLES = 5
_ADOPTED_SAMPLES = 60
_ADOPTED_AFTER_SECONDS = 600.0
_RANGE_DEVIATIONS = 3.0


class Reference(msgspec.Struct, frozen=True):
    """What was likely when the incident began."""

    opened_at: float
    mean: float
    variance: float
    scale: float


class Incident(msgspec.Struct, frozen=True):
    """What is to be said about one sample of a series."""

    finding: Finding
    opened_at: float
    direction: Literal["up", "down"]
    deviations: float
    tail_probability: float
    severity: Severity
    expected: float
    expected_low: float
    expected_high: float


class SeriesModel:
    """The online model of one series: level, scale, whitened residuals, evidence, and the open incident if there is one."""

    __slots__ = ("_calm_samples", "_level", "_recent_value", "_reference", "_returned_samples", "_smoothed", "_tail", "_whitener")

    def __init__(self) -> None:
        self._level, self._tail, self._whitener = RobustLevel(), Tail(), Whitener()
        self._smoothed = EWMean(_SMOOTHING)
        self._recent_value = EWMean(_SMOOTHING)
        self._reference: Reference | None = None
        self._calm_samples = self._returned_samples = 0

    @property
    def state(self) -> State:
        """Whether an incident is open."""
        return "calm" if self._reference is None else "open"

    @property
    def samples(self) -> int:
        """How many samples were learned from."""
        return self._level.samples

    def observe(self, value: float, at_seconds: float) -> Incident | None:
        """Score the sample, then learn it; return what it began or ended."""
        residual = self._level.standardise(value)
        is_warm = self._level.samples >= _WARM_SAMPLES
        incident = self._judge(value, residual, at_seconds) if is_warm else None
        self._level.learn(value, at_seconds)
        if is_warm:
            self._tail.learn(self._whitener.whiten(residual))
        self._whitener.learn(residual)
        if incident is not None:
            self._move(incident)
        return incident

    def _judge(self, value: float, residual: float, at_seconds: float) -> Incident | None:
        self._tail.score(self._whitener.whiten(residual))
        self._smoothed.update(residual)
        self._recent_value.update(value)
        finding = self._departure() if self._reference is None else self._end(self._reference, at_seconds)
        return None if finding is None else self._describe(finding, at_seconds)

    def _departure(self) -> Finding | None:
        deviations = self._smoothed.get()
        evidence = self._tail.evidence_up if deviations > 0 else self._tail.evidence_down
        return "departure" if abs(deviations) >= _OPENS_AT and evidence >= EVIDENCE_NEEDED else None

    def _end(self, reference: Reference, at_seconds: float) -> Finding | None:
        is_back = abs(self._recent_value.get() - reference.mean) < _CALM_BELOW * reference.scale
        self._returned_samples = self._returned_samples + 1 if is_back else 0
        self._calm_samples = self._calm_samples + 1 if abs(self._smoothed.get()) < _CALM_BELOW else 0
        if self._returned_samples >= _RETURNED_SAMPLES:
            return "return"
        lasted = at_seconds - reference.opened_at
        return "adoption" if self._calm_samples >= _ADOPTED_SAMPLES or lasted > _ADOPTED_AFTER_SECONDS else None

    def _describe(self, finding: Finding, at_seconds: float) -> Incident:
        deviations = self._smoothed.get()
        is_up = deviations > 0
        reference = self._reference or Reference(at_seconds, self._level.mean, self._level.variance, self._level.scale)
        width = _RANGE_DEVIATIONS * reference.scale
        return Incident(
            finding=finding,
            opened_at=reference.opened_at,
            direction="up" if is_up else "down",
            deviations=abs(deviations),
            tail_probability=self._tail.probability_up if is_up else self._tail.probability_down,
            severity=next((name for least, name in _SEVERITIES if abs(deviations) >= least), "low"),
            expected=reference.mean,
            expected_low=reference.mean - width,
            expected_high=reference.mean + width,
        )

    def _move(self, incident: Incident) -> None:
        """Take the step that the table allows, and begin the next state with clean counters."""
        state = TRANSITIONS[self.state, incident.finding]
        if incident.finding == "return" and self._reference is not None:
            self._level.move_to(self._reference.mean, self._reference.variance)
        if incident.finding == "adoption":
            self._level.move_to(self._recent_value.get(), self._level.variance)
        width = (incident.expected_high - incident.expected) / _RANGE_DEVIATIONS
        opened = Reference(incident.opened_at, incident.expected, width * width, width)
        self._reference = opened if state == "open" else None
        self._tail.forget()
        self._smoothed = EWMean(_SMOOTHING)
        self._calm_samples = self._returned_samples = 0
