"""
Does the detector keep what it states: samples to a false alarm, and tail probabilities, where nothing happens.

    make -s bench NAME=calibration ARGS="[--seed SEED] [--streams N] [--samples N] [--dir FOLDER]"

A run length is the samples watched over the alarms raised (over 1 where there was none, and then it is a lower bound). Who never
speaks would pass all that, so the samples are told that it takes to find a shift or a doubled spread. With --dir (laid out as for
bench/detection) also the quiet parts of real data, and how many of the labelled windows see an alarm.
"""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import numpy as np
from scoring.detector_core import Said, Series, evenly, listen
from scoring.families import FAMILIES
from scoring.labelled_series import LabelledSeries, load
from scoring.one_line import print_line

RUN_LENGTH = 10_000
PROBABILITY = 1e-3
SHIFTS_DEVIATIONS, CHANGED_SAMPLES, CHANGED_STREAMS = (1.0, 2.0, 3.0), 1_000, 40
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


@dataclass(frozen=True, slots=True)
class Found:
    """Median samples from a change to its alarm (not found counts as all samples), and the share of streams where it was found."""

    samples: float
    share: float


@dataclass(frozen=True, slots=True)
class RealSeries:
    """False alarms outside of the labelled windows, and how many windows see an alarm."""

    quiet_parts: RunLength
    windows: int
    windows_with_an_alarm: int


def run_length(raised: Iterable[bool]) -> RunLength:
    """Return the run length over all samples that were watched."""
    watched = [bool(alarm) for alarm in raised]
    measured = len(watched) / max(sum(watched), 1)
    return RunLength(len(watched), sum(watched), measured, measured / RUN_LENGTH)


def calibrations(streams: int, samples: int, seed: int) -> dict[str, Calibration]:
    """Measure every family on streams of its own."""
    drawn = [(name, number) for name in FAMILIES for number in range(streams)]
    said = listen([evenly(FAMILIES[name](np.random.default_rng((seed, number)), samples)) for name, number in drawn], RUN_LENGTH)
    return {name: _calibration(said[first * streams : (first + 1) * streams]) for first, name in enumerate(FAMILIES)}


def _calibration(said: Sequence[Said]) -> Calibration:
    tails = np.concatenate([one.tails[WARM_SAMPLES:] for one in said])
    high, low = (tails <= PROBABILITY).mean(axis=0) / PROBABILITY
    return Calibration(run_length(np.concatenate([one.alarms for one in said])), float(high), float(low))


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to a family's streams; frozen, nothing is learned from then on."""

    family: str = "normal"
    shift_deviations: float = 0.0
    spread_ratio: float = 1.0
    frozen: bool = False


CHANGES = {
    **{f"{shift:g}_deviations": Change(shift_deviations=shift) for shift in SHIFTS_DEVIATIONS},
    "3_deviations_of_ar_0.8": Change("ar_0.8", shift_deviations=3.0),
    "2_deviations_of_ar_0.8_frozen": Change("ar_0.8", shift_deviations=2.0, frozen=True),
    "doubled_deviation": Change(spread_ratio=2.0),
}


def all_found(seed: int) -> dict[str, Found]:
    """Return how soon each change is found."""
    told = [_changed(change, (seed, number)) for change in CHANGES.values() for number in range(CHANGED_STREAMS)]
    said = listen(told, RUN_LENGTH)
    return {name: _found(said[first * CHANGED_STREAMS : (first + 1) * CHANGED_STREAMS]) for first, name in enumerate(CHANGES)}


def _found(said: Sequence[Said]) -> Found:
    after = [one.alarms[-CHANGED_SAMPLES:] for one in said]
    samples = [int(alarms.argmax()) + 1 if alarms.any() else CHANGED_SAMPLES for alarms in after]
    return Found(float(np.median(samples)), float(np.mean([alarms.any() for alarms in after])))


def _changed(change: Change, seed: tuple[int, int]) -> Series:
    warm = 2 * WARM_SAMPLES
    values = FAMILIES[change.family](np.random.default_rng(seed), warm + CHANGED_SAMPLES)
    middle, deviation = values[:warm].mean(), values[:warm].std()
    values[warm:] = middle + change.spread_ratio * (values[warm:] - middle) + change.shift_deviations * deviation
    return evenly(values, warm if change.frozen else None)


def real_series(series: Sequence[LabelledSeries]) -> dict[str, RealSeries]:
    """Measure each set of real series; inside of their windows the detector goes on learning as it would."""
    said = listen([_timed(one) for one in series], RUN_LENGTH)
    sets = {one.set_name for one in series}
    return {name: _real([pair for pair in zip(series, said, strict=True) if pair[0].set_name == name]) for name in sorted(sets)}


def _timed(one: LabelledSeries) -> Series:
    return Series(np.array([at.replace(tzinfo=UTC).timestamp() for at in one.times]), np.array(one.values))


def _real(pairs: Sequence[tuple[LabelledSeries, Said]]) -> RealSeries:
    raised: list[bool] = []
    windows = hit = 0
    for one, said in pairs:
        quiet = np.ones(len(one.values), np.bool_)
        for first, last in one.windows:
            quiet[first : last + 1] = False
            windows, hit = windows + 1, hit + bool(said.alarms[first : last + 1].any())
        raised += said.alarms[quiet].tolist()
    return RealSeries(run_length(raised), windows, hit)


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
        "families": calibrations(asked.streams, asked.samples, asked.seed),
        "samples_to_find": all_found(asked.seed),
    }
    if asked.dir:
        result["real_series"] = real_series(load(asked.dir))
    print_line(result)


if __name__ == "__main__":
    main()
