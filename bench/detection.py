"""
How well a command finds labelled anomalies, by NAB's published rules, and how fast; a windowed Gaussian is scored beside it.

    make -s bench NAME=detection ARGS="--dir FOLDER [--cmd COMMAND] [--disguise SEED]"

The folder holds windows.json and the CSV files that it names. The command reads `timestamp,value` lines and answers each with a
score in [0, 1] before it gets the next. `held_out` is the score of each group of files at the threshold that is best for all other
groups: what a threshold is worth on data that it was not chosen on.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scoring import nab, windowed_gaussian
from scoring.conversation import Unanswered, all_at_once, lock_step
from scoring.labelled_series import LabelledSeries, disguised, load
from scoring.one_line import print_line

COMMAND = ".venv/bin/rollguard-detector score"
SPEED_FILES = 3  # the longest
Scores = Mapping[str, Sequence[float]]


def held_out(files: Sequence[tuple[str, nab.Scored]]) -> float:
    """Return the score where each file is judged at the threshold that is best for the files of all other groups."""
    gain = 0.0
    for group in {group for group, _ in files}:
        _, threshold = nab.sweep([file for other, file in files if other != group], nab.STANDARD).best()
        gain += nab.sweep([file for same, file in files if same == group], nab.STANDARD).gain_at(threshold)
    return nab.normalised(gain, nab.sweep([file for _, file in files], nab.STANDARD).perfect)


def half_one_at_half_zeros_threshold(files: Sequence[tuple[int, nab.Scored]]) -> float | None:
    """Return the held out half's score at the tuning half's threshold, None unless both are here."""
    halves = [[file for half, file in files if half == number] for number in (0, 1)]
    if not all(halves):
        return None
    _, threshold = nab.sweep(halves[0], nab.STANDARD).best()
    return nab.sweep(halves[1], nab.STANDARD).at(threshold)


def judge(series: Sequence[LabelledSeries], scores: Scores, fixed_threshold: float) -> dict[str, object]:
    """Return the figures of one set."""
    files = [nab.Scored(scores[one.name], one.windows) for one in series]
    best, threshold = nab.sweep(files, nab.STANDARD).best()
    hit, false = nab.detections(files, fixed_threshold)
    return {
        "standard": best,
        "threshold": threshold,
        "low_fp": nab.sweep(files, nab.PROFILES["low_fp"]).best()[0],
        "low_fn": nab.sweep(files, nab.PROFILES["low_fn"]).best()[0],
        "held_out": held_out([(one.group, file) for one, file in zip(series, files, strict=True)]),
        "half_1_at_half_0s_threshold": half_one_at_half_zeros_threshold(
            [(one.half, file) for one, file in zip(series, files, strict=True)]
        ),
        "at_fixed_threshold": {
            "threshold": fixed_threshold,
            "standard": nab.sweep(files, nab.STANDARD).at(fixed_threshold),
            "windows_hit": hit,
            "false_rows": false,
        },
    }


def compare(series: Sequence[LabelledSeries], scores: Scores, fixed_threshold: float) -> dict[str, object]:
    """Return the figures of one set, the rival's, and the ratios between the two."""
    own = judge(series, scores, fixed_threshold)
    rival = judge(series, {one.name: windowed_gaussian.scores(one.values) for one in series}, fixed_threshold)
    ratios = {name: _ratio(own[name], rival[name]) for name in ("standard", "held_out")}
    counts = {"files": len(series), "windows": sum(len(one.windows) for one in series)}
    return {**counts, **own, "windowed_gaussian": rival, "ratio_to_windowed_gaussian": ratios}


def _ratio(own: object, rival: object) -> float | None:
    return own / rival if isinstance(own, float) and isinstance(rival, float) and rival > 0.0 else None


def speed(series: Sequence[LabelledSeries], scores: Scores, command: str) -> dict[str, object]:
    """Return lines a second where nobody waits for answers, and whether the scores came out the same again."""
    longest = sorted(series, key=lambda one: -len(one.values))[:SPEED_FILES]
    runs = [(one, *all_at_once(command, one.lines())) for one in longest]
    lines, seconds = sum(len(one.values) - 1 for one in longest), sum(took for _, took, _ in runs)
    same = all(list(scores[one.name]) == answers for one, _, answers in runs)
    return {"lines_per_second": round(lines / seconds), "same_scores_again": same}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/detection.py", description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--dir", type=Path, required=True, metavar="FOLDER", help="windows.json and the files that it names")
    parser.add_argument("--cmd", default=COMMAND, metavar="COMMAND", help=f"what is scored (default: {COMMAND})")
    parser.add_argument("--disguise", type=int, metavar="SEED", help="rescale the values and shift the time")
    parser.add_argument("--set", metavar="NAME", help="one set of the folder alone")
    parser.add_argument("--threshold", type=float, default=0.5, metavar="SCORE", help="a fixed threshold that is looked at too")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="streams at the same time")
    return parser.parse_args()


def main() -> None:
    """Score, and print one JSON line."""
    asked = _arguments()
    series = [one for one in load(asked.dir) if asked.set in {None, one.set_name}]
    if not series:
        sys.exit(f"nothing to score in {asked.dir}")
    if asked.disguise is not None:
        series = [disguised(one, asked.disguise) for one in series]
    try:
        with ThreadPoolExecutor(asked.jobs) as pool:
            answers = pool.map(lambda one: lock_step(asked.cmd, one.lines()), series)
            scores = dict(zip([one.name for one in series], answers, strict=True))
        result: dict[str, object] = {"bench": "detection", "command": asked.cmd, "disguise": asked.disguise}
        sets = {name: [one for one in series if one.set_name == name] for name in sorted({one.set_name for one in series})}
        result["sets"] = {name: compare(members, scores, asked.threshold) for name, members in sets.items()}
        result |= {"lines": sum(len(one.values) for one in series), **speed(series, scores, asked.cmd)}
    except Unanswered as problem:
        sys.exit(str(problem))
    print_line(result)


if __name__ == "__main__":
    main()
