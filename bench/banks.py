"""
What the models in bulk cost: time a sample and memory a series, and how many times faster they are than their one-series forms.

    make -s bench NAME=banks ARGS="[--series N] [--warm N] [--rounds N] [--only NAME]"

A bank of N series gets samples in rounds, one a series, after it was warmed up; the one-series form gets a series of its own, in
the same run, and so does a bank that is kept from its compiled loop. With one series a sample is a call. What is timed is the
processor's time of this process, so that neighbours on the machine count less.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scoring.one_line import print_line

from rollguard_detector.core import loops
from rollguard_detector.core.banks.bank import Bank
from rollguard_detector.core.banks.deviation import DeviationBank
from rollguard_detector.core.banks.evidence import EvidenceBank
from rollguard_detector.core.banks.incident import IncidentBank
from rollguard_detector.core.banks.judgement import JudgementBank
from rollguard_detector.core.banks.outlook import OutlookBank
from rollguard_detector.core.banks.seen import SeenBank
from rollguard_detector.core.banks.stuck import StuckBank
from rollguard_detector.core.banks.surprise import SurpriseBank
from rollguard_detector.core.evidence.evidence import Evidence
from rollguard_detector.core.oddity.deviation import Deviation
from rollguard_detector.core.oddity.incident import Incident
from rollguard_detector.core.oddity.judgement import Judgement
from rollguard_detector.core.oddity.seen import Seen
from rollguard_detector.core.oddity.stuck import Stuck
from rollguard_detector.core.oddity.surprise import Surprise
from rollguard_detector.core.outlook.forecast import BreachForecaster

STEP_SECONDS = 15.0
HORIZON_SECONDS = 600.0
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Model:
    """A bank and its one-series form: how each is made, and how it is given samples (rows, times, values; a time, a value)."""

    bank: Callable[[], Bank]
    ask_bank: Callable[..., object]
    one: Callable[[], object]
    ask_one: Callable[..., object]


# One line a bank. The samples are normal values; where a measure of at least 0 is wanted, their magnitudes.
MODELS: dict[str, Model] = {
    "seen": Model(SeenBank, lambda b, r, _, v: b.distance_then_learn(r, v), Seen, lambda m, _, v: m.distance_then_learn(v)),
    "surprise": Model(
        SurpriseBank, lambda b, r, _, v: b.score_then_learn(r, np.abs(v)), Surprise, lambda m, _, v: m.score_then_learn(abs(v))
    ),
    "deviation": Model(
        DeviationBank, lambda b, r, _, v: b.score_then_learn(r, v), Deviation, lambda m, _, v: m.score_then_learn(v)
    ),
    "incident": Model(IncidentBank, lambda b, r, _, v: b.merge(r, v - 2.5), Incident, lambda m, _, v: m.merge(v - 2.5)),
    "judgement": Model(
        JudgementBank, lambda b, r, t, v: b.score_then_learn(r, t, v), Judgement, lambda m, t, v: m.score_then_learn(t, v)
    ),
    "stuck": Model(
        StuckBank, lambda b, r, _, v: b.score_then_learn(r, np.round(v)), Stuck, lambda m, _, v: m.score_then_learn(round(v))
    ),
    "evidence": Model(
        EvidenceBank, lambda b, r, t, v: b.score_then_learn(r, t, v), Evidence, lambda m, t, v: m.score_then_learn(t, v)
    ),
    # Rows as they are before they are opened have a bound of 0 and a horizon of one second: here the time is told in horizons.
    "outlook": Model(
        OutlookBank,
        lambda b, r, t, v: b.forecast_then_learn(r, t / HORIZON_SECONDS, v - 4.0),
        lambda: BreachForecaster(0.0, above=True, horizon_seconds=1.0),
        lambda m, t, v: m.forecast_then_learn(t / HORIZON_SECONDS, v - 4.0),
    ),
}


def microseconds_a_sample(model: Model, values: Numbers, warm: int) -> float:
    """Return what a sample costs in bulk; values are (rounds, series), of which the first ``warm`` rounds are not timed."""
    bank, rows = model.bank(), np.arange(values.shape[1])
    bank.grow(len(rows))
    for number, samples in enumerate(values):
        if number == warm:
            began = time.process_time()
        model.ask_bank(bank, rows, np.full(len(rows), number * STEP_SECONDS), samples)
    return (time.process_time() - began) / ((len(values) - warm) * len(rows)) * 1e6


def microseconds_alone(model: Model, values: Numbers, warm: int) -> float:
    """Return what a sample costs in the one-series form."""
    one, ask = model.one(), model.ask_one
    samples = [(number * STEP_SECONDS, value) for number, value in enumerate(values.tolist())]
    for at, value in samples[:warm]:
        ask(one, at, value)
    began = time.process_time()
    for at, value in samples[warm:]:
        ask(one, at, value)
    return (time.process_time() - began) / (len(samples) - warm) * 1e6


def measured(model: Model, values: Numbers, alone: Numbers, warm: int) -> dict[str, float]:
    """Return the figures of one bank."""
    bulk, single = microseconds_a_sample(model, values, warm), microseconds_alone(model, alone, warm)
    with loops.left_alone():
        steps = microseconds_a_sample(model, values, warm)
    return {
        "bytes_a_row": model.bank().bytes_a_row,
        "us_a_sample": bulk,
        "us_a_sample_in_steps": steps,
        "us_a_sample_alone": single,
        "ratio_to_alone": bulk / single,
    }


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(prog="bench/banks.py", description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--series", type=int, default=10_000, metavar="N")
    parser.add_argument("--warm", type=int, default=300, metavar="N", help="rounds before the clock runs (default: 300)")
    parser.add_argument("--rounds", type=int, default=100, metavar="N", help="rounds that are timed (default: 100)")
    parser.add_argument("--only", choices=list(MODELS), help="one bank alone")
    asked = parser.parse_args()
    random_numbers = np.random.default_rng(1)
    values = random_numbers.normal(size=(asked.warm + asked.rounds, asked.series))
    alone = random_numbers.normal(size=asked.warm + 20_000)
    chosen = [asked.only] if asked.only else list(MODELS)
    banks = {name: measured(MODELS[name], values, alone, asked.warm) for name in chosen}
    print_line({"bench": "banks", "series": asked.series, "warm": asked.warm, "rounds": asked.rounds, "banks": banks})


if __name__ == "__main__":
    main()
