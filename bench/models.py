"""
What river's models cost and earn beside the built-in judgement, and what the gate before them is worth.

    make -s bench NAME=models ARGS="[--seed SEED] [--streams N] [--samples N]"

A drift is looked for in a raw series by river's own defaults, behind the gate, and behind whitening and the gate; the rival is the
built-in evidence at a stated run length of 10,000. Half-space trees and the built-in distance look for the same broken relations.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from river.drift import ADWIN, KSWIN, PageHinkley
from scoring.families import FAMILIES
from scoring.joint import Rows, broken, related
from scoring.one_line import print_line
from scoring.together_core import admitted, alarms, found_together, innovations

from rollguard_detector.core.models.registry import MODELS, named

RIVALS: dict[str, Callable[[], Any]] = {"adwin": ADWIN, "page-hinkley": PageHinkley, "kswin": lambda: KSWIN(seed=1)}
QUIET, SHIFT_DEVIATIONS, SHIFT_SAMPLES = ("normal", "ar_0.8", "diurnal"), 3.0, 300
RUN_LENGTH, SECONDS_SCALE = 10_000, 1e-3
BREAK_AT, BROKEN_TICKS, BREAK_RUN_LENGTH = 1_000, 200, 1e4
COSTLY_SHARE = {"kswin": 0.1}  # of the samples, since it takes a thousand times as long


@dataclass(frozen=True, slots=True)
class Drift:
    """False drifts in 10,000 samples by family, and a shift of three deviations in AR(1): share found in time, median delay."""

    false_in_10_000: dict[str, float]
    found_share: float
    median_samples: float


def rivers(make: Callable[[], Any]) -> Callable[[Sequence[float]], list[bool]]:
    """Let river's own class watch raw values."""

    def watch(values: Sequence[float]) -> list[bool]:
        detector, found = make(), []
        for value in values:
            detector.update(value)
            found.append(bool(detector.drift_detected))
        return found

    return watch


def ours(name: str, prepare: Callable[[Sequence[float]], Sequence[float]]) -> Callable[[Sequence[float]], list[bool]]:
    """Let a named model watch prepared values; those that were held back count as quiet."""

    def watch(values: Sequence[float]) -> list[bool]:
        model: Any = named(name)[0].make()
        prepared, found = prepare(values), []
        for value in prepared:
            model.learn(value)
            found.append(model.has_drifted)
        return [False] * (len(values) - len(prepared)) + found

    return watch


def drift(watch: Callable[[Sequence[float]], list[bool]], scale: float, streams: int, samples: int, seed: int) -> Drift:
    """Measure one way to look for drift."""
    rngs = [np.random.default_rng((seed, number)) for number in range(streams)]
    false = {
        name: sum(sum(watch((scale * FAMILIES[name](rng, samples)).tolist())) for rng in rngs) / (streams * samples) * 1e4
        for name in QUIET
    }
    delays = []
    for rng in rngs:
        values = FAMILIES["ar_0.8"](rng, 1_000 + SHIFT_SAMPLES)
        values[1_000:] += SHIFT_DEVIATIONS
        found = watch((scale * values).tolist())[1_000:]
        delays.append(found.index(True) + 1 if True in found else SHIFT_SAMPLES + 1)
    return Drift(false, float(np.mean(np.array(delays) <= SHIFT_SAMPLES)), float(np.median(delays)))


def ways(streams: int, samples: int, seed: int) -> dict[str, Drift]:
    """Measure every way, on values of the size of seconds."""
    looked: dict[str, Drift] = {}
    for name, rival in RIVALS.items():
        count = max(1_000, int(samples * COSTLY_SHARE.get(name, 1.0)))
        for way, watch in (
            ("raw", rivers(rival)),
            ("gate", ours(name, admitted)),
            ("whitened_gate", ours(name, lambda values: admitted(innovations(values)))),
        ):
            looked[f"{name}_{way}"] = drift(watch, SECONDS_SCALE, streams, count, seed)
    looked["built_in_evidence"] = drift(lambda values: list(alarms(values, RUN_LENGTH)), SECONDS_SCALE, streams, samples, seed)
    return looked


def broken_relation(model: str, streams: Sequence[Rows]) -> dict[str, float]:
    """Return how many broken relations a scorer finds, how soon, and its false alarms before."""
    told = [[at for at, _ in found_together(rows, model, BREAK_RUN_LENGTH)] for rows in streams]
    first = [next((at - BREAK_AT + 1 for at in found if at >= BREAK_AT), BROKEN_TICKS + 1) for found in told]
    share = float(np.mean(np.array(first) <= BROKEN_TICKS))
    return {
        "found_share": share,
        "median_ticks": float(np.median(first)),
        "false_before": sum(at < BREAK_AT for f in told for at in f),
    }


def cost(name: str, seed: int) -> dict[str, float]:
    """Return the processor time of asking and teaching once, and the bytes of state: of eight channels for scorers, else of one."""
    (model,), rows = named(name), related(np.random.default_rng(seed), 120 if name in COSTLY_SHARE else 600, 8).tolist()
    made: Any = model.make()
    role = MODELS[name].role
    warm = len(rows) * 5 // 6
    for at, row in enumerate(rows):
        if at == warm:
            began = time.process_time()
        given = {str(channel): value for channel, value in enumerate(row)} if role == "scorer" else row[0]
        _ = made.score(given) if role == "scorer" else made.forecast(1) if role == "forecaster" else made.has_drifted
        made.learn(given)
    took = (time.process_time() - began) / (len(rows) - warm)
    return {"microseconds": took * 1e6, "state_bytes": float(sum(kept.nbytes for kept in made.export().values()))}


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(prog="bench/models.py", description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--streams", type=int, default=4, metavar="N", help="of each kind (default: 4)")
    parser.add_argument("--samples", type=int, default=10_000, metavar="N", help="of each quiet stream (default: 10,000)")
    asked = parser.parse_args()
    streams = [broken(np.random.default_rng((asked.seed, n)), BREAK_AT + BROKEN_TICKS, 4, BREAK_AT) for n in range(asked.streams)]
    print_line(
        {
            "bench": "models",
            "seed": asked.seed,
            "cost": {name: cost(name, asked.seed) for name in MODELS},
            "drift": ways(asked.streams, asked.samples, asked.seed),
            "broken_relation": {name: broken_relation(name, streams) for name in ("together", "half-space-trees")},
        }
    )


if __name__ == "__main__":
    main()
