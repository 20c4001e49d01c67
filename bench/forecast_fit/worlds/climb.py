"""
Rollouts as a service sees them: many samples a horizon, a quiet stretch of any length, and then a climb that goes on.

In the other families a horizon has thirty samples; a latency told every second has sixty, or six hundred. A network that never saw
that takes a climb of a third of a horizon for a wiggle.
"""

from dataclasses import dataclass
from math import sqrt
from random import Random

from scoring.bounded_stream import BoundedStream

GROUP = "climb"
STREAMS = 160
_KINDS = ("climb",) * 8 + ("quiet",) * 4 + ("shift",) * 2
_OVER = 1.1  # of the way; what went so far is taken off the road
_AFTER_HORIZONS = 1.2  # for which what does not climb is watched on


@dataclass(frozen=True, slots=True)
class Rollout:
    """One series: quiet at the base for so many samples, then what its kind does on the way to the bound, 1."""

    kind: str
    horizon_samples: int
    quiet: int
    way: int
    base: float
    stop: float
    deviation: float
    relative: float
    memory: float

    @classmethod
    def drawn(cls, rng: Random) -> "Rollout":
        """Draw a rollout."""
        kind, horizon = rng.choice(_KINDS), rng.choice((30, 60, 60, 120, 300))
        quiet = int(horizon * rng.choice((0.0, rng.uniform(0.0, 1.0), rng.uniform(1.0, 4.0))))
        way, base = int(horizon * 10 ** rng.uniform(-0.6, 0.5)), rng.uniform(0.05, 0.7)
        stop, deviation = rng.uniform(0.2, 0.95), (1 - base) * 10 ** rng.uniform(-3, -0.7)
        relative, memory = rng.choice((0.0, 0.05, 0.1)), rng.choice((0.0, 0.0, 0.0, 0.5, 0.8))
        return cls(kind, horizon, quiet, way, base, stop, deviation, relative, memory)

    def gone(self, sample: int) -> float:
        """Return the share of the way that is gone."""
        gone = max(0, sample - self.quiet) / self.way
        if self.kind == "quiet":
            return 0.0
        if self.kind == "shift":
            return 0.5 * self.stop if gone > 0.0 else 0.0
        return gone

    @property
    def samples(self) -> int:
        """How long it is watched at most."""
        return self.quiet + int(self.way * _OVER + _AFTER_HORIZONS * self.horizon_samples) + 40


def _values(rng: Random, rollout: Rollout) -> list[float]:
    noise, values = 0.0, []
    for sample in range(rollout.samples):
        noise = rollout.memory * noise + sqrt(1 - rollout.memory**2) * rng.gauss(0, 1)
        level = rollout.base + (1 - rollout.base) * rollout.gone(sample)
        values.append(level + noise * (rollout.deviation if rollout.relative == 0.0 else rollout.relative * level))
        if rollout.gone(sample) > _OVER:
            break
    return values


def _stream(rng: Random, number: int) -> BoundedStream:
    rollout = Rollout.drawn(rng)
    return BoundedStream(f"climb{number}", GROUP, tuple(_values(rng, rollout)), 1.0, horizon_samples=rollout.horizon_samples)


def streams(seed: str) -> list[BoundedStream]:
    """Return the rollouts of a seed."""
    return [_stream(Random(f"climb{seed}/{number}"), number) for number in range(STREAMS)]
