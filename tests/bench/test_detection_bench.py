"""
The measurement of detection as it is run: a folder, a command in lock step, one JSON line.
"""

import importlib.util
import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from scoring import nab, windowed_gaussian
from scoring.conversation import Unanswered, all_at_once, lock_step
from scoring.labelled_series import disguised, load

BENCH = Path(__file__).resolve().parents[2] / "bench"
DATA = Path(os.environ.get("ROLLGUARD_TEST_LABELLED_SERIES", Path(__file__).resolve().parents[3] / "shared" / "data"))
ECHO = "import sys\nfor line in iter(sys.stdin.readline, ''):\n    print(min(1.0, abs(float(line.split(',')[1]))), flush=True)\n"


@pytest.fixture
def echo(tmp_path):
    path = tmp_path / "echo.py"
    path.write_text(ECHO)
    return f"{sys.executable} {path}"


@pytest.fixture
def folder(tmp_path):
    begins = datetime.fromisoformat("2026-01-01")
    for name, spike in (("a/one", 60), ("a/two", 62), ("b/three", 64)):
        path = tmp_path / "data" / "made" / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [f"{begins + timedelta(minutes=row)},{1.0 if row == spike else 0.1 + 0.01 * (row % 7)}" for row in range(100)]
        path.write_text("\n".join(["timestamp,value", *rows, ""]))
    window = [["2026-01-01 01:00:00", "2026-01-01 01:09:00"]]
    labels = {f"made/{name}.csv": window for name in ("a/one", "a/two", "b/three")}
    (tmp_path / "data" / "windows.json").write_text(json.dumps(labels))
    return tmp_path / "data"


def bench_module(name):
    spec = importlib.util.spec_from_file_location(f"bench_{name}", BENCH / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_run_prints_one_json_line_with_the_figures_of_each_set(folder, echo):
    command = [sys.executable, str(BENCH / "detection.py"), "--dir", str(folder), "--cmd", echo]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    (line,) = ran.stdout.splitlines()
    made = json.loads(line)["sets"]["made"]
    worth = [(1 + nab.position_weight(-(10 - late) / 10) / nab.position_weight(-1)) / 2 for late in (0, 2, 4)]
    assert made["standard"] == pytest.approx(100 * sum(worth) / 3, abs=1e-4)
    assert made["held_out"] == made["standard"]
    assert made["threshold"] == 1.0
    assert (made["files"], made["windows"], made["at_fixed_threshold"]["windows_hit"]) == (3, 3, 3)
    assert json.loads(line)["same_scores_again"] is True


def test_a_held_out_group_is_judged_at_the_threshold_of_the_others():
    detection = bench_module("detection")
    quiet = [0.0] * 100
    high, low = [*quiet], [*quiet]
    high[40], low[40], low[20] = 1.0, 0.5, 0.6
    files = [("high", nab.Scored(high, [(40, 49)])), ("low", nab.Scored(low, [(40, 49)]))]
    assert detection.held_out(files) == pytest.approx(100 * 2 / 4)


def test_a_command_that_dies_or_answers_nonsense_is_named(tmp_path):
    with pytest.raises(Unanswered, match="ended after 0 answers"):
        lock_step(f"{sys.executable} -c pass", ["2026-01-01,1\n"])
    with pytest.raises(Unanswered, match="answer 1 is no number"):
        lock_step(f"{sys.executable} -c 'print(7)'", ["2026-01-01,1\n"])
    with pytest.raises(Unanswered, match="does not start"):
        lock_step(str(tmp_path / "absent"), ["2026-01-01,1\n"])


def test_no_line_is_sent_before_the_one_before_it_was_answered(tmp_path):
    greedy = tmp_path / "greedy.py"
    greedy.write_text(
        "import select, sys, time\n"
        "while line := sys.stdin.buffer.raw.readline():\n"
        "    early = select.select([sys.stdin], [], [], 0.05)[0]\n"
        "    print(1.0 if early else 0.0, flush=True)\n"
    )
    assert lock_step(f"{sys.executable} {greedy}", [f"2026-01-01,{row}\n" for row in range(5)]) == [0.0] * 5


def test_speed_is_measured_with_the_same_answers(echo):
    lines = [f"2026-01-01,{row / 500}\n" for row in range(500)]
    seconds, answers = all_at_once(echo, lines)
    assert answers == lock_step(echo, lines)
    assert seconds > 0.0


def test_a_disguise_changes_unit_and_time_and_nothing_else(folder):
    for series in load(folder):
        changed = disguised(series, seed=3)
        factor, shift = changed.values[0] / series.values[0], changed.times[0] - series.times[0]
        assert changed.windows == series.windows
        assert changed.values == pytest.approx([factor * value for value in series.values])
        assert all(after - before == shift for after, before in zip(changed.times, series.times, strict=True))
        assert factor != 1.0
        assert shift % timedelta(weeks=1) == timedelta(0)


def test_the_rival_finds_a_spike_and_says_it_once():
    values = [float(row % 5) for row in range(200)] + [60.0] * 5 + [float(row % 5) for row in range(100)]
    said = windowed_gaussian.scores(values)
    assert max(range(len(said)), key=said.__getitem__) == 200
    assert said[201:205] == [0.0] * 4


def test_the_rival_does_not_look_ahead_and_knows_no_unit():
    values = [((row * 37) % 101) / 101 for row in range(400)]
    said = windowed_gaussian.scores(values)
    assert windowed_gaussian.scores(values[:250]) == said[:250]
    assert windowed_gaussian.scores([1024.0 * value for value in values]) == said


@pytest.mark.skipif(
    not (DATA / "windows.json").exists(), reason=f"no labelled series in {DATA}: set ROLLGUARD_TEST_LABELLED_SERIES to their folder"
)
def test_the_rival_scores_what_it_scored_when_it_was_chosen():
    files = {name: [one for one in load(DATA) if one.set_name == name] for name in ("nab", "ms")}
    best = {
        name: nab.sweep([nab.Scored(windowed_gaussian.scores(one.values), one.windows) for one in series], nab.STANDARD).best()[0]
        for name, series in files.items()
    }
    assert best == pytest.approx({"nab": 54.34, "ms": 49.35}, abs=0.01)
