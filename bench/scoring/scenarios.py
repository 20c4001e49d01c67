"""
Days as services have them, one sample a minute, drawn from a seed: some end in a breach, and some only look as if they would.

The bound is 1 (an accuracy's is 0.8, from above). The same seed gives the same streams for ever, so the draws keep their order: a
draw that moved would make every figure that was written down before incomparable.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import e, exp, sin, sqrt
from random import Random

from scoring.bounded_stream import SAMPLES_A_DAY, BoundedStream

STREAMS = 120
_TURN = 6.2832  # as the first figures were drawn with
_BREACHED_FOR_GOOD = 1.35  # of the ramp; what went so far is taken off the road


@dataclass(slots=True)
class Day:
    """What one stream is like; `noise` is correlated, and new at each minute."""

    rng: Random
    deviation: float
    level: float
    onset_minute: int
    ramp_minutes: int
    swing: float
    phase: float
    memory: float
    tooth_minutes: int
    tooth: float
    overshoot: float
    noise: float = 0.0

    @classmethod
    def drawn(cls, rng: Random) -> "Day":
        """Draw a day."""
        deviation, level = rng.uniform(0.005, 0.05), rng.uniform(0.2, 0.5)
        onset, ramp, swing = rng.randrange(200, 900), rng.randrange(60, 500), rng.uniform(0, 0.12)
        phase, memory, tooth_minutes = rng.uniform(0, 6.28), rng.choice((0.0, 0.5, 0.9)), rng.randrange(20, 90)
        tooth, overshoot = rng.uniform(0.05, 0.2), rng.uniform(1.05, 1.6)
        return cls(rng, deviation, level, onset, ramp, swing, phase, memory, tooth_minutes, tooth, overshoot)

    def usual(self, minute: int) -> float:
        """Return the value of a day on which nothing happens."""
        return self.level + self.swing * sin(_TURN * minute / SAMPLES_A_DAY + self.phase) + self.noise

    def way(self, gone: float) -> float:
        """Return how far above the level a share of the way to the bound lies, with the overshoot."""
        return gone * (1.0 - self.level) * self.overshoot


def _near_every_day(day: Day, minute: int, _ramp: float) -> float:
    return 0.62 + 0.3 * sin(_TURN * minute / 480 + day.phase) + day.noise


def _sawtooth(day: Day, minute: int, ramp: float) -> float:
    return day.usual(minute) + day.tooth * (minute % day.tooth_minutes) / day.tooth_minutes + day.way(max(0.0, ramp))


def _growing_leak(day: Day, minute: int, ramp: float) -> float:
    return day.usual(minute) + day.way((exp(3.0 * min(ramp, 1.3)) - 1.0) / (e**3 - 1.0) if ramp > 0.0 else 0.0)


def _queue(day: Day, _minute: int, ramp: float) -> float:
    utilisation = min(0.985, 0.4 + max(0.0, ramp) * 0.5)
    return 0.06 / (1.0 - utilisation) * exp(day.rng.gauss(0, 3.0 * day.deviation))


def _accuracy(day: Day, _minute: int, ramp: float) -> float:
    return 0.93 + 0.4 * day.noise - 0.13 * day.overshoot * max(0.0, min(ramp, 1.3))


def _plateau(day: Day, minute: int, ramp: float) -> float:
    return day.usual(minute) + ((0.93 - day.level - day.swing) * (1.0 - exp(-4.0 * ramp)) if ramp > 0.0 else 0.0)


def _new_level(day: Day, minute: int, ramp: float) -> float:
    return day.usual(minute) + (min(0.3, 0.9 - day.level - day.swing) if ramp > 0.0 else 0.0)


KINDS: dict[str, Callable[[Day, int, float], float]] = {
    "flat": lambda day, minute, _ramp: day.usual(minute),
    "near-every-day": _near_every_day,
    "leak": lambda day, minute, ramp: day.usual(minute) + day.way(max(0.0, ramp)),
    "growing-leak": _growing_leak,
    "sawtooth": _sawtooth,
    "queue": _queue,
    "accuracy": _accuracy,
    "plateau": _plateau,
    "new-level": _new_level,
    "step": lambda day, minute, ramp: day.usual(minute) + (0.9 if ramp > 0.0 else 0.0),
    "budget-burn": lambda day, minute, ramp: day.usual(minute) + day.way(max(0.0, min(ramp, 1.2)) ** 2),
}
HARMLESS = {"flat", "near-every-day", "plateau", "new-level"}


def scenarios(seed: str, streams: int = STREAMS) -> list[BoundedStream]:
    """Return the streams of a seed."""
    return [_scenario(Random(f"{seed}/{number}"), f"synth{number}") for number in range(streams)]


def _scenario(rng: Random, unit: str) -> BoundedStream:
    kind = rng.choice(list(KINDS))
    day, values = Day.drawn(rng), []
    for minute in range(SAMPLES_A_DAY):
        day.noise = day.memory * day.noise + sqrt(1.0 - day.memory**2) * rng.gauss(0, day.deviation)
        ramp = (minute - day.onset_minute) / day.ramp_minutes
        values.append(round(KINDS[kind](day, minute, ramp), 6))
        if ramp > _BREACHED_FOR_GOOD and kind not in HARMLESS:
            break
    above = kind != "accuracy"
    return BoundedStream(unit, "synth", tuple(values), 1.0 if above else 0.8, above)
