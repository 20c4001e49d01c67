"""
Pods near the limit of a resource: shares of memory or of a processor between 0 and 1, with a bound of 0.9.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, sin, sqrt
from random import Random

from scoring.bounded_stream import BoundedStream

GROUP = "own"
STREAMS = 160
BOUND = 0.9
_TURN = 6.28  # as the constants were fitted with


@dataclass(slots=True)
class Pod:
    """What one pod is like; `now` and `near` move where its kind moves them."""

    rng: Random
    number: int
    samples: int
    kind: str
    deviation: float
    level: float
    memory: float
    now: float
    volatility: float
    rate: float
    onset: int
    period: int
    swing: float
    near: float

    @classmethod
    def drawn(cls, rng: Random, number: int) -> "Pod":
        """Draw a pod."""
        samples, kind = rng.choice((700, 1440, 2000)), rng.choice(list(KINDS))
        deviation, level = rng.choice((0.0005, 0.002, 0.005, 0.02)), rng.uniform(0.2, 0.75)
        memory, volatility = rng.choice((0, 0.5, 0.9, 0.98)), rng.choice((0.0005, 0.001, 0.003))
        rate, onset, period = rng.uniform(0.0003, 0.004), rng.randrange(100, 500), rng.randrange(60, 700)
        swing, near = rng.uniform(0.02, 0.25), rng.uniform(0.6, 0.85)
        return cls(rng, number, samples, kind, deviation, level, memory, level, volatility, rate, onset, period, swing, near)


def _walk(pod: Pod, _sample: int, _noise: float) -> float:
    pod.now = min(max(pod.now + pod.rng.gauss(0, pod.volatility * 2), 0.05), 0.99)
    return pod.now


def _steps(pod: Pod, _sample: int, _noise: float) -> float:
    if pod.rng.random() < 1 / 150:
        pod.now = min(0.97, max(0.1, pod.now + pod.rng.gauss(0.01, 0.12)))
    return pod.now


def _leak_restart(pod: Pod, _sample: int, _noise: float) -> float:
    pod.now += pod.rate
    if pod.now > pod.rng.uniform(0.88, 1.2):
        pod.now = pod.level
    return pod.now


def _cpu(pod: Pod, sample: int, _noise: float) -> float:
    burst = abs(pod.rng.gauss(0, pod.deviation * 3)) * pod.rng.expovariate(1)
    return pod.level * 0.7 + burst + pod.swing * sin(sample / pod.period * _TURN)


def _cpu_ramp(pod: Pod, sample: int, _noise: float) -> float:
    share = 1 / (1 + exp(-(sample - pod.onset - 150) / (10, 20, 40, 80)[pod.number % 4]))
    return pod.level * 0.6 + share * (1.0 - pod.level * 0.6) * 1.02 - 0.02


def _stress(pod: Pod, sample: int, _noise: float) -> float:
    return pod.level * 0.6 + (0.5 if sample % max(pod.period * 2, 200) > pod.period * 1.5 else 0)


def _jobs(pod: Pod, sample: int, _noise: float) -> float:
    if sample % pod.period == 0:
        pod.near = pod.rng.uniform(0.1, 0.96)
    pod.now += (pod.near - pod.now) / pod.rng.choice((5, 20, 40))
    return pod.now


def _comes_back_near(pod: Pod, _sample: int, _noise: float) -> float:
    pod.now += 0.02 * (pod.near - pod.now) + pod.rng.gauss(0, pod.volatility * 4)
    return pod.now


def _growing_swing(pod: Pod, sample: int, _noise: float) -> float:
    return 0.5 + pod.swing * sin(_TURN * sample / pod.period) * (1 + sample / pod.samples) + 0.12 * sample / pod.samples


KINDS: dict[str, Callable[[Pod, int, float], float]] = {
    "walk": _walk,
    "steps": _steps,
    "leak": lambda pod, sample, _noise: pod.level + max(0, sample - pod.onset) * pod.rate,
    "leak_restart": _leak_restart,
    "cpu": _cpu,
    "cpu_ramp": _cpu_ramp,
    "stress": _stress,
    "jobs": _jobs,
    "near": lambda pod, _sample, noise: pod.near + 0.02 + noise * 0.5,
    "decay": lambda pod, sample, _noise: pod.level + (0.88 - pod.level) * (1 - exp(-sample / pod.period)),
    "ou_near": _comes_back_near,
    "sin_growth": _growing_swing,
}


def _stream(rng: Random, number: int) -> BoundedStream:
    pod, noise, values = Pod.drawn(rng, number), 0.0, []
    for sample in range(pod.samples):
        noise = pod.memory * noise + sqrt(1 - pod.memory * pod.memory) * rng.gauss(0, pod.deviation)
        values.append(min(1.0, max(0.0, KINDS[pod.kind](pod, sample, noise) + noise)))
    return BoundedStream(f"own{number}", GROUP, tuple(values), BOUND)


def streams(seed: str) -> list[BoundedStream]:
    """Return the pods of a seed."""
    return [_stream(Random(f"own{seed}/{number}"), number) for number in range(STREAMS)]
