"""
The tool `forecast`: how probable is a breach of the bound within the horizon, and when will it be?
"""

import json
from math import isfinite

from rollguard_detector.core import loops
from rollguard_detector.core.outlook.forecast import Ask, BreachForecast, BreachForecaster, Times
from rollguard_detector.core.outlook.network import network
from rollguard_detector.plain.answers import Answer, Streams
from rollguard_detector.plain.objectives import Objective, read_objective
from rollguard_detector.plain.rows import BadRow
from rollguard_detector.plain.scoring import iso
from rollguard_detector.plain.tracks import Track

UNTOLD = "no bound is known: give --above or --below, or open with #slo threshold=X direction=above horizon_s=S"


class Forecasting:
    """A forecaster a stream, all of one objective, which may be stated in the input; a new statement starts anew."""

    def __init__(
        self,
        objective: Objective | None,
        *,
        probability_only: bool = False,
        explain: bool = False,
        tracks: list[Track] | None = None,
    ) -> None:
        self._objective = objective
        self._probability_only = probability_only
        self._explain = explain
        self._tracks = tracks
        self.streams = Streams(self._start)

    def nothing_known(self, problem: str) -> str:
        """Return the answer to a row that cannot be read: no breach is foreseen."""
        if self._explain:
            return json.dumps({"problem": problem}) + "\n"
        return "0.000000\n" if self._probability_only else "0.000000,inf,inf,inf\n"

    def state(self, statement: str) -> None:
        """Take the objective that the input states."""
        self._objective = read_objective(statement)
        self.streams.clear()

    def _start(self, stream: str) -> Answer:
        objective = self._objective
        if objective is None:
            raise BadRow(UNTOLD)
        bound, above, horizon = objective.bound, objective.above, objective.horizon_seconds
        forecaster = BreachForecaster(bound, above=above, horizon_seconds=horizon, ask=_network())
        track = Track(stream, objective.bound)
        if self._tracks is not None:
            self._tracks.append(track)
        if self._probability_only and not self._explain and self._tracks is None:
            return lambda at_seconds, value: f"{forecaster.probability_then_learn(at_seconds, value):.6f}\n"
        if not self._explain and self._tracks is None:
            return lambda at_seconds, value: _told(forecaster.probability_then_learn(at_seconds, value), forecaster.times())

        def answer(at_seconds: float, value: float) -> str:
            said = forecaster.forecast_then_learn(at_seconds, value)
            if self._tracks is not None:
                track.add(at_seconds, value, said.probability)
                track.mark("beyond the bound" if beyond(value, objective) else None)
            if self._explain:
                return explained(stream, at_seconds, value, objective, said)
            return f"{said.probability:.6f}\n" if self._probability_only else _told(said.probability, said[1:4])

        return answer


def _network() -> Ask:
    """Return what the network is asked through: the loop if it was compiled, else its steps, which say the same bits."""
    loop = loops.of("network")
    compiled: Ask = network if loop is None else loop.log_odds_of
    return compiled


def _told(probability: float, times: Times) -> str:
    soon, middle, late = times
    return f"{probability:.6f},{soon:.0f},{middle:.0f},{late:.0f}\n"


def beyond(value: float, objective: Objective) -> bool:
    """Return whether the value lies past the bound."""
    return value > objective.bound if objective.above else value < objective.bound


def explained(stream: str, at_seconds: float, value: float, objective: Objective, said: BreachForecast) -> str:
    """Return a line of JSON; a quantile is null where the breach is not foreseeable."""
    told: dict[str, object] = {"stream": stream} if stream else {}
    told |= {
        "time": iso(at_seconds),
        "value": value,
        "probability": round(said.probability, 6),
        "within_seconds": objective.horizon_seconds,
        "bound": objective.bound,
        "direction": "above" if objective.above else "below",
        "gap": objective.bound - value if objective.above else value - objective.bound,
        "eta_seconds": {
            "p10": _finite(said.eta_p10_seconds),
            "p50": _finite(said.eta_p50_seconds),
            "p90": _finite(said.eta_p90_seconds),
        },
    }
    return json.dumps(told) + "\n"


def _finite(seconds: float) -> float | None:
    return round(seconds) if isfinite(seconds) else None
