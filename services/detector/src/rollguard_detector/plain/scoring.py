"""
The tool `score`: how odd is every value, given its stream's past?

Importing this must stay cheap (no numpy, no river), as a person waits for it.
"""

import json
from datetime import UTC, datetime
from typing import NamedTuple

from rollguard_detector.core.half_lives import BY_STEPS
from rollguard_detector.core.oddity.judgement import Judgement
from rollguard_detector.plain.answers import Answer, Streams
from rollguard_detector.plain.incidents import Incidents, Standing
from rollguard_detector.plain.tracks import Track

_BAND_DEVIATIONS = 3.0


class Scored(NamedTuple):
    """A row, its score, the level and deviation expected before it, and its place in an incident."""

    at_seconds: float
    value: float
    score: float
    expected: tuple[float, float] | None
    standing: Standing | None


class Scoring:
    """A judgement a stream; explains itself where asked to, and fills a track a stream where a picture is wanted."""

    def __init__(self, *, explain: bool = False, tracks: list[Track] | None = None, half_life_seconds: float = BY_STEPS) -> None:
        self._explain, self._tracks, self._half_life_seconds = explain, tracks, half_life_seconds
        self.streams = Streams(self._start if explain or tracks is not None else self._plainly)

    def nothing_known(self, problem: str) -> str:
        """Return the answer to a row that cannot be read: nothing is odd about it."""
        return json.dumps({"problem": problem}) + "\n" if self._explain else "0.000000\n"

    def state(self, statement: str) -> None:
        """Scores know no bound, so a statement of one changes nothing."""

    def _start(self, stream: str) -> Answer:
        judgement, incidents, explain = Judgement(), Incidents(), self._explain
        track = Track(stream)
        if self._tracks is not None:
            self._tracks.append(track)

        def answer(at_seconds: float, value: float) -> str:
            expected = judgement.expected()
            score = judgement.score_then_learn(at_seconds, value, self._half_life_seconds)
            standing = incidents.place(at_seconds, score, lasts=judgement.incident_lasts())
            scored = Scored(at_seconds, value, score, expected, standing)
            if self._tracks is not None:
                _remember(track, scored)
            return explained(stream, scored) if explain else f"{score:.6f}\n"

        return answer

    def _plainly(self, _stream: str) -> Answer:
        judge, half_life_seconds = Judgement().score_then_learn, self._half_life_seconds
        return lambda at_seconds, value: f"{judge(at_seconds, value, half_life_seconds):.6f}\n"


def explained(stream: str, scored: Scored) -> str:
    """Return a line of JSON. The expected range is level and deviations alone; the score also knows which values came before."""
    at_seconds, value, score, expected, standing = scored
    told: dict[str, object] = {"stream": stream} if stream else {}
    told |= {"time": iso(at_seconds), "value": value, "score": round(score, 6), "expected": None, "incident": None}
    if expected is not None:
        low, high = band(expected)
        told["expected"] = {"level": expected[0], "deviation": expected[1], "low": low, "high": high}
    if standing is not None:
        told["incident"] = {
            "number": standing.number,
            "state": standing.state,
            "since": iso(standing.since_seconds),
            "peak": iso(standing.peak_seconds),
            "peak_score": round(standing.peak_score, 6),
        }
    return json.dumps(told) + "\n"


def band(expected: tuple[float, float]) -> tuple[float, float]:
    """Return three standard deviations below and above the level."""
    level, deviation = expected
    return level - _BAND_DEVIATIONS * deviation, level + _BAND_DEVIATIONS * deviation


def iso(at_seconds: float) -> str | float:
    """Return the time in ISO 8601, or as it is where the calendar does not reach."""
    try:
        return datetime.fromtimestamp(at_seconds, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return at_seconds


def _remember(track: Track, scored: Scored) -> None:
    at, value, score, expected, standing = scored
    track.add(at, value, score, None if expected is None else band(expected))
    if standing is None:
        track.mark(None)
        return
    if standing.since_seconds == at and standing.state == "open":
        track.cut()
    track.mark(f"incident {standing.number}, peak {standing.peak_score:.2f}")
