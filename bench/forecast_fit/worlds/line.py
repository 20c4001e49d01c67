"""
Straight lines towards the bound: leaks that go on, stop short of it, bend, or are restarted.
"""

from dataclasses import dataclass
from math import sqrt
from random import Random

from scoring.bounded_stream import SAMPLES_A_DAY, BoundedStream

GROUP = "line"
STREAMS = 120
_KINDS = ("leak", "leak", "stop", "restart", "bent")
_OVER = 1.2  # of the way; what went so far is taken off the road


@dataclass(frozen=True, slots=True)
class Line:
    """One line: it reaches the bound, 1, after so many samples unless its kind prevents it."""

    base: float
    samples_to_bound: int
    deviation: float
    kind: str
    stop: float
    memory: float
    bends_up: bool

    @classmethod
    def drawn(cls, rng: Random, *, bends_up: bool) -> "Line":
        """Draw a line."""
        base, samples = rng.uniform(0, 0.6), rng.randrange(40, 900)
        deviation, kind = 10 ** rng.uniform(-3.5, -1.2), rng.choice(_KINDS)
        return cls(base, samples, deviation, kind, rng.uniform(0.5, 0.97), rng.choice((0, 0.7, 0.95)), bends_up)

    @property
    def samples(self) -> int:
        """How long it is watched."""
        return min(SAMPLES_A_DAY, int(self.samples_to_bound * 1.3)) if self.kind in {"leak", "bent"} else 1000

    def step(self, sample: int, level: float) -> float:
        """Return by how much the level grows."""
        step = (1 - self.base) / self.samples_to_bound
        if self.kind == "bent" and sample > self.samples_to_bound * 0.5:
            return step * (2.5 if self.bends_up else 0.25)
        return 0.0 if self.kind == "stop" and level > self.stop else step


def _values(rng: Random, line: Line) -> list[float]:
    level, noise, values = line.base, 0.0, []
    for sample in range(line.samples):
        noise = line.memory * noise + sqrt(1 - line.memory * line.memory) * rng.gauss(0, line.deviation)
        level += line.step(sample, level)
        if line.kind == "restart" and level > line.stop and rng.random() < 0.1:
            level = line.base
        values.append(level + noise)
        if level > _OVER:
            break
    return values


def _stream(rng: Random, number: int) -> BoundedStream:
    line = Line.drawn(rng, bends_up=number % 2 == 0)
    return BoundedStream(f"line{number}", GROUP, tuple(_values(rng, line)), 1.0)


def streams(seed: str) -> list[BoundedStream]:
    """Return the lines of a seed."""
    return [_stream(Random(f"line{seed}/{number}"), number) for number in range(STREAMS)]
