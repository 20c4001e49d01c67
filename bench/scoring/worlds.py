"""
Worlds in which the truth is known by construction: a random walk, a random walk with leaks, and a level that always comes back.

A forecaster that has learned one kind of road is badly wrong on another: a trend sees breaches everywhere in the third world, and a
level that comes back sees none in the second. Units and places of the values are drawn, so that only the shape can tell.

Who knew how a stream is made would reach an AUC of 0.99 in the first world and 0.96 in the third: there is no more to be had.
"""

from collections.abc import Callable
from random import Random

from scoring.bounded_stream import BoundedStream

STREAMS, SAMPLES = 60, 1200
_MEMORY = 0.99
_CALM = (1.0 - _MEMORY**2) ** 0.5


def _random_walk(rng: Random) -> list[float]:
    """Walk in steps of one deviation; a bound is 10 to 80 steps away."""
    at, far = 0.0, rng.uniform(10.0, 80.0)
    return [(at := at + rng.gauss(0.0, 1.0)) / far for _ in range(SAMPLES)]


def _leaks(rng: Random) -> list[float]:
    """Walk slowly; now and then a leak begins, and grows until the bound is passed for a while and somebody restarts."""
    at, pace, over, values = 0.0, 0.0, 0, []
    for _ in range(SAMPLES):
        if pace == 0.0 and rng.random() < 1.0 / 250.0:
            pace = rng.uniform(0.003, 0.02)
        at += pace + rng.gauss(0.0, 0.012)
        over = over + 1 if at > 1.0 else 0
        if over > 20:
            at, pace, over = rng.uniform(-0.2, 0.2), 0.0, 0
        values.append(at + rng.gauss(0.0, 0.01))
    return values


def _stationary(rng: Random) -> list[float]:
    """Come back to the level with a memory of a hundred samples; a bound is 1.5 to 4 deviations away."""
    at, far = 0.0, rng.uniform(1.5, 4.0)
    return [(at := _MEMORY * at + _CALM * rng.gauss(0.0, 1.0)) / far for _ in range(SAMPLES)]


WORLDS: dict[str, Callable[[Random], list[float]]] = {
    "random_walk": _random_walk,
    "random_walk_with_leaks": _leaks,
    "stationary": _stationary,
}


def world(name: str, seed: str, streams: int = STREAMS) -> list[BoundedStream]:
    """Return the streams of a world; on its own scale the usual level is 0 and the bound 1."""
    return [_stream(name, Random(f"{seed} {name} {number}"), number) for number in range(streams)]


def _stream(name: str, rng: Random, number: int) -> BoundedStream:
    unit, above = 10.0 ** rng.uniform(-3.0, 6.0), rng.random() < 0.5
    scale, origin = (unit if above else -unit), unit * rng.uniform(-5.0, 5.0)
    values = tuple(origin + scale * value for value in WORLDS[name](rng))
    return BoundedStream(f"{name}{number}", name, values, origin + scale, above)
