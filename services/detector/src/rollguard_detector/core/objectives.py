"""
One objective of one workload, watched over every series and revision that reports its metric.

Each (labels, revision) has a track of its own: beside a healthy stable revision the bad samples of a canary would otherwise never
be consecutive. The episode begins with the first track in trouble and ends when every track that still reports is well; silence
ends nothing, since no data is no recovery.
"""

import msgspec

from rollguard_detector.core.episodes import Episode, Move, Said
from rollguard_schemas.evidence import Quantiles
from rollguard_schemas.policies import ActOn, Objective

_DEFAULT_PROBABILITY = 0.8
_DEFAULT_HORIZON_SECONDS = 600.0
CONFIRMING_SAMPLES = 3
LOW_SHARE = 0.5  # a forecast is over at half the probability that began it
_SILENT_SECONDS = 30.0
_SILENT_INTERVALS = 5.0


class Terms(msgspec.Struct, frozen=True):
    """What is promised, and what counts as a forecast of its breach."""

    objective: Objective
    probability: float
    horizon_seconds: float


class Forecast(msgspec.Struct, frozen=True):
    """The probability of a breach within the horizon, when it would come, and the line that says so."""

    probability: float
    horizon_seconds: float
    time_to_breach_seconds: Quantiles
    level: float
    slope_per_second: float
    has_trend: bool


class Standing(msgspec.Struct, frozen=True):
    """How a track stands after a sample."""

    revision: str | None
    heard_at: float
    interval_seconds: float
    beyond: int
    within: int
    likely: int
    samples: int
    is_well: bool
    forecast: Forecast | None

    def is_silent(self, at_seconds: float) -> bool:
        """Whether the track stopped to report."""
        return at_seconds - self.heard_at > max(_SILENT_SECONDS, _SILENT_INTERVALS * self.interval_seconds)


class Step(msgspec.Struct, frozen=True):
    """A step of the episode, with the numbers that it rests on."""

    said: Said
    forecast: Forecast | None
    consecutive_samples: int
    samples: int


def terms_of(objective: Objective, act_on: ActOn) -> Terms:
    """Return the terms of an objective: a policy that lists no forecast has them reported, and a limit has a time of its own."""
    listed, saturation = act_on.forecast, objective.saturation
    probability = _DEFAULT_PROBABILITY if listed is None else listed.probability
    horizon = _DEFAULT_HORIZON_SECONDS if listed is None else listed.horizon_seconds
    return Terms(objective, probability, horizon if saturation is None else saturation.within_seconds)


class ObjectiveWatch:
    """The episode of one objective, and how its tracks stand while it is open."""

    def __init__(self, workload: str, terms: Terms) -> None:
        self.terms = terms
        self.rows: dict[int, str | None] = {}  # of the tracks, each with its revision
        self.episode = Episode(workload, terms.objective.name)

    @property
    def is_open(self) -> bool:
        """Whether an episode is open: every sample of the objective may then be its end."""
        return self.episode.state != "holds"

    def observe(self, row: int, at_seconds: float, tracks: dict[int, Standing]) -> Step | None:
        """Take in how a track stands after its sample, among all ``tracks`` of the objective; return the step that it caused."""
        track = tracks[row]
        move = self._move(track, at_seconds, tracks)
        if move is None:
            return None
        said = self.episode.move(move, at_seconds)
        return Step(said, track.forecast, track.within if move == "recover" else track.beyond, track.samples)

    def _move(self, track: Standing, at_seconds: float, tracks: dict[int, Standing]) -> Move | None:
        state = self.episode.state
        if state != "breached" and track.beyond >= self.terms.objective.consecutive_samples:
            return "breach"
        if state == "holds":
            return "foresee" if track.likely >= CONFIRMING_SAMPLES else None
        if all(one.is_well or one.is_silent(at_seconds) for one in tracks.values()):
            return "recover"
        return "repeat" if track.forecast and not track.is_well and self.episode.is_due(at_seconds) else None
