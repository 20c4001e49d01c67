"""
The job that every rival does: the mean and the variance of each series, a z-score, an alert beyond a threshold; and what times it.

Nothing here but the standard library, so that it runs in each rival's own environment. Settings come from ``RIVAL_*`` variables.
"""

import json
import math
import os
import sys
import time
from typing import NoReturn

BOOTSTRAP, TOPIC, ALERTS = (os.environ[f"RIVAL_{name}"] for name in ("BOOTSTRAP", "TOPIC", "ALERTS"))
POINTS = int(os.environ["RIVAL_POINTS"])
_LEAST_SAMPLES, _THRESHOLD, _SHARE = 30, 5.0, 0.02


def name_of(point: dict) -> str:
    """Return what names a point's series."""
    return f"{point['workload']}/{point['metric']}/{point['labels']['pod']}"


def z_score(state: tuple[int, float, float] | list | None, value: float) -> tuple[tuple[int, float, float], float]:
    """Return the state after a value (samples, mean, variance) and the value's z-score before; 0 while little is known."""
    samples, mean, variance = state or (0, value, 0.0)
    away = value - mean
    known = samples >= _LEAST_SAMPLES and variance > 0.0
    score = away / math.sqrt(variance) if known else 0.0
    share = max(_SHARE, 1.0 / (samples + 1))
    return (samples + 1, mean + share * away, (1.0 - share) * (variance + share * away * away)), score


def alert_of(point: dict, score: float) -> dict | None:
    """Return what is published of a point, if anything."""
    if abs(score) < _THRESHOLD:
        return None
    return {"workload": point["workload"], "metric": point["metric"], "at": point["time_unix_seconds"], "score": score}


class Tally:
    """Counts points, and ends the process with a line of JSON when all were handled."""

    def __init__(self) -> None:
        self._points = 0
        self._began = self._began_cpu = 0.0

    def count(self) -> None:
        """One more point was handled."""
        if not self._points:
            self._began, self._began_cpu = time.perf_counter(), time.process_time()
        self._points += 1
        if self._points >= POINTS:
            self._end()

    def _end(self) -> NoReturn:
        seconds, cpu_seconds = time.perf_counter() - self._began, time.process_time() - self._began_cpu
        line = json.dumps({"points": self._points, "seconds": seconds, "cpu_seconds": cpu_seconds})
        print(line, file=sys.__stdout__, flush=True)  # faust takes what is printed for a line of its log
        os._exit(0)  # no framework ends in the middle of an endless stream
