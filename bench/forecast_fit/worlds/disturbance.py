"""
What disturbs a road: correlated noise that may be louder at times, a season, a sawtooth, and rare bursts.
"""

from dataclasses import dataclass
from math import sin, sqrt
from random import Random

_TURN = 6.2832  # as the constants were fitted with
_LOUDNESS_SAMPLES = 97  # by turns usual and louder


@dataclass(slots=True)
class Disturbance:
    """All of it; a period of 0 samples is none. `noise` is the present one."""

    deviation: float
    memory: float
    burst_ratio: float
    season_samples: int
    season: float
    tooth_samples: int = 0
    tooth: float = 0.0
    loud_at_times: bool = False
    noise: float = 0.0

    @classmethod
    def drawn(cls, rng: Random) -> "Disturbance":
        """Draw noise, bursts and season."""
        deviation, memory = 10 ** rng.uniform(-3, -0.9), rng.choice((0, 0, 0.5, 0.8, 0.95, 0.99))
        burst_ratio = rng.choice((0, 0, 0, 0.01, 0.05))
        season_samples = rng.choice((0, 0, 0, rng.randrange(15, 120), rng.randrange(120, 1440)))
        return cls(deviation, memory, burst_ratio, season_samples, rng.choice((0, 0.02, 0.05, 0.1, 0.2)))

    def draw_teeth(self, rng: Random) -> None:
        """Draw sawtooth and loudness, which come after the road's own draws."""
        self.tooth_samples = rng.choice((0, 0, rng.randrange(10, 90)))
        self.tooth, self.loud_at_times = rng.uniform(0.03, 0.2), rng.random() < 0.25

    def next_noise(self, rng: Random, sample: int) -> None:
        """Draw the noise of this sample."""
        louder = self.loud_at_times and (sample // _LOUDNESS_SAMPLES) % 2
        deviation = self.deviation * (1.5 if louder else 1.0)
        self.noise = self.memory * self.noise + sqrt(1 - self.memory * self.memory) * rng.gauss(0, deviation)

    def over(self, level: float, rng: Random, sample: int) -> float:
        """Return the level with season, teeth and a burst, without the noise."""
        if self.season_samples:
            level += self.season * sin(_TURN * sample / self.season_samples)
        if self.tooth_samples:
            level += self.tooth * ((sample % self.tooth_samples) / self.tooth_samples)
        if self.burst_ratio and rng.random() < self.burst_ratio:
            level += rng.expovariate(6)
        return level
