"""
Roads of many shapes, lengths, noises and seasons, in units and directions that are drawn too: wear, ramps, walks, pulses and calm.

A road is drawn on a scale where the bound is 1, and then told in a unit, about an origin and in a direction of harm of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, sqrt
from random import Random

from scoring.bounded_stream import BoundedStream

from forecast_fit.worlds.disturbance import Disturbance

GROUP = "wide"
STREAMS = 240
_SHORTEST_SAMPLES = 40
_OVER = 1.25  # of the bound; what went so far is taken off the road


@dataclass(slots=True)
class Road:
    """What one road is like; `now` and `smooth` move where its shape moves them, and a restart begins the way anew."""

    rng: Random
    samples: int
    shape: str
    start: int
    duration: float
    top: float
    base: float
    curve: float
    now: float
    smooth: float = 0.0
    restarted: int = 0

    @property
    def rise(self) -> float:
        """From the base to the top."""
        return self.top - self.base

    def gone(self, sample: int) -> float:
        """Return the share of the duration that is over (beyond 1 where it goes on)."""
        return max(0.0, (sample - self.start - self.restarted) / self.duration)

    def restart(self, sample: int) -> None:
        """Begin the way anew."""
        self.restarted = sample - self.start
        self.now = self.base


def _wear(road: Road, sample: int) -> float:
    return road.base + road.rise * (exp(road.curve * min(road.gone(sample), 1.2)) - 1) / (exp(road.curve) - 1)


def _approach(road: Road, sample: int) -> float:
    return road.base + road.rise / (1 + exp(-(road.gone(sample) - 0.6) * 12 * road.curve / 2))


def _steps(road: Road, sample: int) -> float:
    if road.rng.random() < 4 / road.samples:
        road.now = road.base + road.rise * road.rng.random()
    road.smooth += (road.now - road.smooth) * road.rng.choice((0.05, 0.3)) if sample else road.now
    return road.smooth


def _walk(road: Road, _sample: int) -> float:
    road.now = max(-0.2, road.now + road.rng.gauss(0, road.rise / sqrt(road.samples) * 0.7))
    return road.now


def _relax(road: Road, _sample: int) -> float:
    road.now += 0.03 * (road.base + 0.6 * road.rise - road.now) + road.rng.gauss(0, 0.02)
    return road.now


def _pulse(road: Road, sample: int) -> float:
    return road.top if (sample // int(20 + road.duration * 0.2)) % 3 == 2 else road.base


SHAPES: dict[str, Callable[[Road, int], float]] = {
    "none": lambda road, _sample: road.base,
    "wear": _wear,
    "ramp": lambda road, sample: road.base + road.rise * min(road.gone(sample), 1.2),
    "power": lambda road, sample: road.base + road.rise * min(road.gone(sample), 1.15) ** road.curve,
    "saturate": lambda road, sample: road.base + road.rise * (1 - exp(-3 * road.gone(sample))),
    "approach": _approach,
    "steps": _steps,
    "walk": _walk,
    "relax": _relax,
    "pulse": _pulse,
    "logistic": lambda road, sample: road.base + road.rise / (1 + exp(-(road.gone(sample) - 0.5) * 40)),
}
_DRAWN_SHAPES = ("none", "none", "wear", *(shape for shape in SHAPES if shape != "none"))  # calm and wear are usual


def _drawn(rng: Random) -> tuple[Road, Disturbance]:
    """Draw a road and what disturbs it, by turns: the order is the one that the constants were fitted with."""
    samples, shape = rng.choice((150, 200, 300, 400, 700, 1440, 1440)), rng.choice(_DRAWN_SHAPES)
    disturbance = Disturbance.drawn(rng)
    start = rng.choice((0, 0, rng.randrange(20, max(21, samples // 2))))
    duration = rng.uniform(0.15, 1.3) * samples
    top = rng.choice((rng.uniform(0.5, 0.99), rng.uniform(1.0, 1.5)))
    base, curve = rng.uniform(0, 0.5), rng.uniform(1.2, 4)
    disturbance.draw_teeth(rng)
    return Road(rng, samples, shape, start, duration, top, base, curve, base), disturbance


def _values(rng: Random) -> list[float]:
    road, disturbance = _drawn(rng)
    restarts, values = rng.random() < 0.15, []
    for sample in range(road.samples):
        disturbance.next_noise(rng, sample)
        level = disturbance.over(SHAPES[road.shape](road, sample), rng, sample)
        values.append(level + disturbance.noise)
        if restarts and level > 1.0 and rng.random() < 0.05:
            road.restart(sample)
        if level > _OVER:
            break
    return values


def _stream(rng: Random, number: int) -> BoundedStream:
    values = _values(rng)
    unit = 10 ** rng.uniform(-3, 4)
    origin = rng.gauss(0, 5) * unit
    above = rng.choice((True, False))
    scale = unit if above else -unit
    return BoundedStream(f"wide{number}", GROUP, tuple(value * scale + origin for value in values), scale + origin, above)


def streams(seed: str) -> list[BoundedStream]:
    """Return the roads of a seed that are long enough to be forecast."""
    roads = [_stream(Random(f"wide{seed}/{number}"), number) for number in range(STREAMS)]
    return [road for road in roads if len(road.values) > _SHORTEST_SAMPLES]
