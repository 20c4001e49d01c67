"""
What breach forecasts are worth on a budget of false alarms, and how true their probabilities are; two baselines run beside them.

    make -s bench NAME=forecast ARGS="--dir FOLDER --synth SEED [--cmd COMMAND] [--worlds SEED]"

The folder holds CSV files that open with a `#slo` line; `--synth` adds a group of made-up days. The command gets the `#slo` line,
then `timestamp,value` lines, and answers each of those with a probability before it gets the next. Credit and recall are of 100.
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scoring import worlds
from scoring.bounded_stream import BoundedStream, load
from scoring.conversation import Unanswered
from scoring.forecast_credit import Outcome, sweep, within
from scoring.forecasters import COMMAND, PREDICT_LINEAR, PROXIMITY, Forecaster, forecasters
from scoring.one_line import print_line
from scoring.reliability import Reliability, matured, reliability
from scoring.scenarios import scenarios

DEFAULT_COMMAND = ".venv/bin/rollguard-detector forecast --probability-only"
BUDGETS_A_DAY = {"at_0.2_a_day": 0.2, "at_1_a_day": 1.0}
RULE_THRESHOLD = 0.5  # where the swept predict_linear is the rule as people write it
NOTHING_EARNED = Outcome(1.0, 0.0, 0.0, 0.0, 0)  # for who cannot keep a budget


@dataclass(frozen=True, slots=True)
class Group:
    """What everybody earned on a group of streams, by budget; and how early, at the rate at which the usual rule is wrong."""

    streams: int
    breaches: int
    outcomes: Mapping[str, Mapping[str, Outcome]]
    usual_rule: Outcome
    command_at_the_usual_rules_rate: Outcome


def group_outcome(streams: list[BoundedStream], everybody: Mapping[str, Forecaster]) -> Group:
    """Let everybody forecast the streams of a group."""
    forecasts = {name: forecaster(streams) for name, forecaster in everybody.items()}
    sweeps = {name: sweep(said) for name, said in forecasts.items()}
    outcomes = {
        name: {label: within(tried, budget) or NOTHING_EARNED for label, budget in BUDGETS_A_DAY.items()}
        for name, tried in sweeps.items()
    }
    rule = next(outcome for outcome in sweeps[PREDICT_LINEAR] if outcome.threshold == RULE_THRESHOLD)
    same_rate = within(sweeps[COMMAND], round(rule.false_alarms_a_day, 3)) or NOTHING_EARNED
    breaches = sum(len(said.truth.breaches) for said in forecasts[COMMAND])
    return Group(len(streams), breaches, outcomes, rule, same_rate)


def mean_credit(groups: Mapping[str, Group]) -> dict[str, dict[str, float | None]]:
    """Return everybody's credit by budget in the mean of the groups that have breaches, and the ratio to the better baseline."""
    known = [group.outcomes for group in groups.values() if group.breaches]
    means: dict[str, dict[str, float | None]] = {}
    for label in BUDGETS_A_DAY if known else ():
        earned = {
            name: sum(outcomes[name][label].credit or 0.0 for outcomes in known) / len(known)
            for name in (COMMAND, PREDICT_LINEAR, PROXIMITY)
        }
        best = max(earned[PREDICT_LINEAR], earned[PROXIMITY])
        means[label] = {**earned, "ratio_to_better_baseline": earned[COMMAND] / best if best else None}
    return means


def world_outcome(name: str, seed: str, everybody: Mapping[str, Forecaster]) -> dict[str, Reliability]:
    """Return how true everybody's probabilities are in a world."""
    streams = worlds.world(name, seed)
    return {who: reliability(*matured(forecaster(streams))) for who, forecaster in everybody.items()}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/forecast.py", description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--dir", type=Path, metavar="FOLDER", help="CSV files that open with a #slo line")
    parser.add_argument("--synth", metavar="SEED", help="made-up days as one more group")
    parser.add_argument("--worlds", default="1", metavar="SEED", help="of the worlds for reliability, or `none` (default: 1)")
    parser.add_argument("--cmd", default=DEFAULT_COMMAND, metavar="COMMAND", help=f"what is measured (default: {DEFAULT_COMMAND})")
    parser.add_argument("--half", type=int, choices=(0, 1), help="one half of the units alone")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="streams at the same time")
    return parser.parse_args()


def main() -> None:
    """Measure, and print one JSON line."""
    asked = _arguments()
    streams = (load(asked.dir) if asked.dir else []) + (scenarios(asked.synth) if asked.synth is not None else [])
    streams = [stream for stream in streams if asked.half in {None, stream.half}]
    if not streams:
        sys.exit("nothing to forecast: give --dir FOLDER, --synth SEED, or both")
    everybody = forecasters(asked.cmd, asked.jobs)
    names = sorted({stream.group for stream in streams})
    known_worlds = () if asked.worlds == "none" else worlds.WORLDS
    try:
        groups = {name: group_outcome([stream for stream in streams if stream.group == name], everybody) for name in names}
        reliabilities = {name: world_outcome(name, asked.worlds, everybody) for name in known_worlds}
    except Unanswered as problem:
        sys.exit(str(problem))
    seeds = {"synth": asked.synth, "worlds_seed": asked.worlds, "half": asked.half}
    result = {"bench": "forecast", "command": asked.cmd, **seeds, "mean_credit": mean_credit(groups), "groups": groups}
    print_line({**result, "worlds": reliabilities})


if __name__ == "__main__":
    main()
