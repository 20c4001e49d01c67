"""
Does the detector keep what it states: samples to a false alarm, and tail probabilities, where nothing happens.

    make -s bench NAME=calibration ARGS="[--seed SEED] [--streams N] [--samples N] [--dir FOLDER]"

A run length is the samples watched over the alarms raised (over 1 where there was none, and then it is a lower bound). Ties are
counted as just as odd, so on counts a tail may come less often than stated. Who never speaks would pass all that, so the samples
are told that it takes to find a shift. With --dir (laid out as for bench/detection) also the quiet parts of real data.
"""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scoring.detector_core import alarms, tails
from scoring.families import FAMILIES, Family
from scoring.labelled_series import LabelledSeries, load
from scoring.one_line import print_line

RUN_LENGTH = 10_000
PROBABILITY = 1e-3
SHIFTS_DEVIATIONS, SHIFTED_SAMPLES, SHIFTED_STREAMS = (1.0, 2.0, 3.0), 1_000, 40
WARM_SAMPLES = 1_000  # before, a rank among those seen cannot be as rare as what is asked


@dataclass(frozen=True, slots=True)
class RunLength:
    """How long it takes to a false alarm."""

    samples: int
    alarms: int
    run_length: float
    ratio_to_stated: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """A family's run length, and how often tails of the stated probability come, as ratios to that probability."""

    false_alarms: RunLength
    high_tail_ratio: float
    low_tail_ratio: float


def run_length(raised: Iterable[bool]) -> RunLength:
    """Return the run length over all samples that were watched."""
    watched = list(raised)
    measured = len(watched) / max(sum(watched), 1)
    return RunLength(len(watched), sum(watched), measured, measured / RUN_LENGTH)


def calibration(family: Family, streams: int, samples: int, seed: int) -> Calibration:
    """Measure a family on streams of its own."""
    raised: list[bool] = []
    probabilities: list[tuple[float, float]] = []
    for number in range(streams):
        values = family(np.random.default_rng((seed, number)), samples).tolist()
        raised += alarms(values, RUN_LENGTH)
        probabilities += list(tails(values))[WARM_SAMPLES:]
    high, low = (np.array(probabilities) <= PROBABILITY).mean(axis=0) / PROBABILITY
    return Calibration(run_length(raised), float(high), float(low))


def samples_to_find(shift_deviations: float, seed: int) -> float:
    """Return the median number of samples from a shift of normal values to the alarm (not found counts as all samples)."""
    found = []
    for number in range(SHIFTED_STREAMS):
        values = np.random.default_rng((seed, number)).normal(size=2 * WARM_SAMPLES + SHIFTED_SAMPLES)
        values[-SHIFTED_SAMPLES:] += shift_deviations
        raised = list(alarms(values.tolist(), RUN_LENGTH))[-SHIFTED_SAMPLES:]
        found.append(raised.index(True) + 1 if True in raised else SHIFTED_SAMPLES)
    return float(np.median(found))


def quiet_parts(series: Sequence[LabelledSeries]) -> RunLength:
    """Measure real series outside of their windows; inside, the detector goes on learning as it would."""
    raised: list[bool] = []
    for one in series:
        odd = {row for first, last in one.windows for row in range(first, last + 1)}
        raised += [alarm for row, alarm in enumerate(alarms(one.values, RUN_LENGTH)) if row not in odd]
    return run_length(raised)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/calibration.py", description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--streams", type=int, default=16, metavar="N", help="of each family (default: 16)")
    parser.add_argument("--samples", type=int, default=20_000, metavar="N", help="of each stream (default: 20,000)")
    parser.add_argument("--dir", type=Path, metavar="FOLDER", help="labelled real series, for their quiet parts")
    return parser.parse_args()


def main() -> None:
    """Measure, and print one JSON line."""
    asked = _arguments()
    result: dict[str, object] = {
        "bench": "calibration",
        "seed": asked.seed,
        "stated_run_length": RUN_LENGTH,
        "stated_probability": PROBABILITY,
        "families": {name: calibration(family, asked.streams, asked.samples, asked.seed) for name, family in FAMILIES.items()},
    }
    result["samples_to_find_a_shift"] = {f"{shift:g}_deviations": samples_to_find(shift, asked.seed) for shift in SHIFTS_DEVIATIONS}
    if asked.dir:
        series = load(asked.dir)
        names = sorted({one.set_name for one in series})
        result["quiet_parts"] = {name: quiet_parts([one for one in series if one.set_name == name]) for name in names}
    print_line(result)


if __name__ == "__main__":
    main()
