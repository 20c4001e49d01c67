"""
One objective of one workload, watched over every series and revision that reports its metric.

Each (labels, revision) has a track of its own: beside a healthy stable revision the bad samples of a canary would otherwise never
be consecutive. The episode begins with the first track in trouble and ends when every track that still reports is well; silence
ends nothing, since no data is no recovery.
"""

import msgspec

from rollguard_detector.core.breach import Forecast, forecast
from rollguard_detector.core.episodes import Episode, Move, Said
from rollguard_detector.core.readings import Reading
from rollguard_detector.core.trend import Trend
from rollguard_schemas.fields import is_breach
from rollguard_schemas.policies import ActOn, Objective

_DEFAULT_PROBABILITY = 0.8
_DEFAULT_HORIZON_SECONDS = 600.0
_CONFIRMING_SAMPLES = 3
_LOW_SHARE = 0.5  # a forecast is over at half the probability that began it
_MEMORY_SHARE = 0.25  # half-life of the line, of the horizon: what is to come is judged by a comparable past
_LEAST_MEMORY_SECONDS = 10.0
_SILENT_SECONDS = 30.0
_SILENT_INTERVALS = 5.0
_MAX_TRACKS = 256

Labels = tuple[tuple[str, str], ...]


class Terms(msgspec.Struct, frozen=True):
    """What is promised, and what counts as a forecast of its breach."""

    objective: Objective
    probability: float
    horizon_seconds: float


class Step(msgspec.Struct, frozen=True):
    """A step of the episode, with the numbers that it rests on."""

    said: Said
    forecast: Forecast | None
    consecutive_samples: int
    samples: int


def terms_of(objective: Objective, act_on: ActOn) -> Terms:
    """Return the terms of an objective; a policy that lists no forecast still has them reported."""
    if act_on.forecast is None:
        return Terms(objective, _DEFAULT_PROBABILITY, _DEFAULT_HORIZON_SECONDS)
    return Terms(objective, act_on.forecast.probability, act_on.forecast.horizon_seconds)


class Track:
    """One series of one revision, against the bound."""

    __slots__ = ("_trend", "beyond", "heard_at", "interval_seconds", "latest", "likely", "samples", "within")

    def __init__(self, half_life_seconds: float) -> None:
        self._trend = Trend(half_life_seconds)
        self.beyond = self.within = self.likely = self.samples = 0
        self.heard_at, self.interval_seconds = 0.0, 0.0
        self.latest: Forecast | None = None

    def observe(self, value: float, at_seconds: float, terms: Terms) -> None:
        """Take one sample in and count how often in a row it lay beyond, within, and on its way."""
        objective = terms.objective
        self._trend.learn(value, at_seconds)
        self.latest = forecast(
            self._trend, bound=objective.bound, direction=objective.direction, horizon_seconds=terms.horizon_seconds
        )
        is_beyond = is_breach(value, objective.bound, objective.direction)
        self.beyond, self.within = (self.beyond + 1, 0) if is_beyond else (0, self.within + 1)
        is_likely = self.latest is not None and self.latest.probability >= terms.probability
        self.likely = self.likely + 1 if is_likely else 0
        self.interval_seconds = at_seconds - self.heard_at if self.samples else 0.0
        self.heard_at, self.samples = at_seconds, self.samples + 1

    def is_silent(self, at_seconds: float) -> bool:
        """Whether the track stopped to report."""
        return at_seconds - self.heard_at > max(_SILENT_SECONDS, _SILENT_INTERVALS * self.interval_seconds)

    def is_well(self, terms: Terms) -> bool:
        """Whether the track shows a recovery: samples within the bound, and a forecast that is possible and low."""
        is_unlikely = self.latest is not None and self.latest.probability <= _LOW_SHARE * terms.probability
        return is_unlikely and self.within >= terms.objective.consecutive_samples


class ObjectiveWatch:
    """The tracks and the episode of one objective."""

    def __init__(self, workload: str, terms: Terms) -> None:
        self.terms = terms
        self.episode = Episode(workload, terms.objective.name)
        self._half_life = max(_LEAST_MEMORY_SECONDS, _MEMORY_SHARE * terms.horizon_seconds)
        self._tracks: dict[tuple[Labels, str | None], Track] = {}

    def observe(self, reading: Reading) -> Step | None:
        """Take in one reading of the objective's metric; return the step that it caused."""
        track = self._track(reading)
        track.observe(reading.value, reading.at_seconds, self.terms)
        move = self._move(track, reading.at_seconds)
        if move is None:
            return None
        said = self.episode.move(move, reading.at_seconds)
        return Step(said, track.latest, track.within if move == "recover" else track.beyond, track.samples)

    def forget_revisions_but(self, serving: str) -> None:
        """Drop the tracks of revisions that no longer serve: their last samples must not hold an episode open."""
        self._tracks = {key: track for key, track in self._tracks.items() if key[1] in (None, serving)}

    def _track(self, reading: Reading) -> Track:
        key = (reading.labels, reading.revision)
        track = self._tracks.pop(key, None) or Track(self._half_life)
        self._tracks[key] = track  # at the end: the one heard longest ago is first
        if len(self._tracks) > _MAX_TRACKS:
            del self._tracks[next(iter(self._tracks))]
        return track

    def _move(self, track: Track, at_seconds: float) -> Move | None:
        state = self.episode.state
        if state != "breached" and track.beyond >= self.terms.objective.consecutive_samples:
            return "breach"
        if state == "holds":
            return "foresee" if track.likely >= _CONFIRMING_SAMPLES else None
        if self._all_well(at_seconds):
            return "recover"
        is_open = track.latest is not None and not track.is_well(self.terms)
        return "repeat" if is_open and self.episode.is_due(at_seconds) else None

    def _all_well(self, at_seconds: float) -> bool:
        return all(track.is_well(self.terms) or track.is_silent(at_seconds) for track in self._tracks.values())
