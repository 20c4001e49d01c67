"""
The tools on plain data, from rows to answers: one a row, before the next row is read, whatever the row.
"""

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from rollguard_detector.core.oddity.judgement import Judgement
from rollguard_detector.plain.columns import Asked
from rollguard_detector.plain.examples import FORECAST_EXAMPLES, SCORE_EXAMPLES
from rollguard_detector.plain.incidents import Incidents
from rollguard_detector.plain.objectives import Objective
from rollguard_detector.plain.tools import EXIT_BAD_ROWS, EXIT_UNUSABLE, Pipes, Wish, forecast, score

_FLEET = Wish(columns=Asked(stream="host"))
_BOUND = Objective(30.0, above=True, horizon_seconds=1800.0)


def noise(seed: int, count: int) -> list[float]:
    return np.random.default_rng(seed).normal(size=count).tolist()


def rows_of(values: list[float]) -> str:
    return "".join(f"{1_700_000_000 + 60 * index},{value}\n" for index, value in enumerate(values))


def fleet(count: int) -> str:
    pairs = zip(noise(21, count), noise(22, count), strict=True)
    rows = (
        f"{1_700_000_000 + 60 * index},{host},{value}\n"
        for index, pair in enumerate(pairs)
        for host, value in zip("ab", pair, strict=True)
    )
    return "timestamp,host,value\n" + "".join(rows)


def said(tool, text: str, wish: Wish | None = None, *more, **options) -> tuple[int, list[str], list[str]]:
    """Run a tool on a text; return its exit code, its answers and its complaints."""
    sink, complaints = io.StringIO(), io.StringIO()
    code = tool(wish or Wish(), Pipes(io.StringIO(text), sink, complaints), *more, **options)
    return code, sink.getvalue().splitlines(), complaints.getvalue().splitlines()


class Wire(io.StringIO):
    """A source that records how many answers were out when each row was asked for."""

    def __init__(self, text: str, sink: io.StringIO) -> None:
        super().__init__(text)
        self.answered: list[int] = []
        self._sink = sink

    def readline(self, *arguments: int) -> str:
        self.answered.append(self._sink.getvalue().count("\n"))
        return super().readline(*arguments)


def test_every_row_is_answered_before_the_next_is_read() -> None:
    sink = io.StringIO()
    source = Wire(rows_of(noise(16, 50)), sink)
    score(Wish(explain=True), Pipes(source, sink, io.StringIO()))
    assert source.answered == list(range(51))


def test_every_row_of_many_streams_is_answered_before_the_next_is_read() -> None:
    sink = io.StringIO()
    source = Wire(fleet(20), sink)
    forecast(_FLEET, Pipes(source, sink, io.StringIO()), _BOUND)
    assert source.answered == [0, *range(41)]


def test_each_stream_is_judged_as_if_it_were_alone() -> None:
    _, answers, _ = said(score, fleet(300), _FLEET)
    for offset, seed in enumerate((21, 22)):
        judgement = Judgement()
        assert answers[offset::2] == [
            f"{judgement.score_then_learn(1_700_000_000 + 60 * index, value):.6f}" for index, value in enumerate(noise(seed, 300))
        ]


def test_a_row_that_cannot_be_read_is_named_and_answered_and_the_rest_goes_on() -> None:
    code, answers, complaints = said(score, "time,value\n1,2\n2,x\n3,nan\nfoo,1\n5\n6,2\n")
    assert code == EXIT_BAD_ROWS
    assert len(answers) == 6
    assert complaints[0] == "line 3: value 'x' is no number"
    assert [line.split(":")[0] for line in complaints[:-1]] == ["line 3", "line 4", "line 5", "line 6"]
    assert complaints[-1] == "4 lines could not be read"


def test_strictness_stops_at_the_first_wrong_row_and_leaves_it_unanswered() -> None:
    code, answers, complaints = said(score, "1,2\n2,x\n3,y\n4,2\n", Wish(strict=True))
    assert (code, len(answers)) == (EXIT_BAD_ROWS, 1)
    assert complaints == ["line 2: value 'x' is no number", "1 line could not be read, stopped there"]


def test_a_forecast_takes_its_bound_from_the_first_line() -> None:
    stated = "#slo threshold=1.0 direction=above horizon_s=1800.0\n" + rows_of(noise(15, 30))
    code, answers, _ = said(forecast, stated, None, None)
    assert (code, len(answers)) == (0, 30)
    assert all(len(answer.split(",")) == 4 for answer in answers)


def test_a_forecast_without_a_bound_says_so_at_every_row() -> None:
    code, answers, complaints = said(forecast, "1,2\n2,3\n", None, None, probability_only=True)
    assert (code, answers) == (EXIT_BAD_ROWS, ["0.000000", "0.000000"])
    assert "no bound is known" in complaints[1]


def test_an_explained_score_is_the_plain_score_with_its_reasons() -> None:
    text = rows_of([*noise(17, 400), 40.0, *noise(18, 60)])
    _, plain, _ = said(score, text)
    _, lines, _ = said(score, text, Wish(explain=True))
    told = [json.loads(line) for line in lines]
    assert [row["score"] for row in told] == [float(answer) for answer in plain]
    assert told[0]["expected"] is None
    spike = told[400]
    assert spike["expected"]["low"] < spike["expected"]["level"] < spike["expected"]["high"] < spike["value"] == 40.0
    assert spike["incident"]["state"] in {"open", "peak"}
    number = spike["incident"]["number"]
    states = [row["incident"]["state"] for row in told[401:] if row["incident"] and row["incident"]["number"] == number]
    assert states == ["open"] * (len(states) - 1) + ["closed"]


def test_an_explained_forecast_is_the_plain_forecast_with_bound_and_direction() -> None:
    text = rows_of([0.1 * index + value for index, value in enumerate(noise(19, 200))])
    _, plain, _ = said(forecast, text, None, _BOUND)
    _, lines, _ = said(forecast, text, Wish(explain=True), _BOUND)
    for answer, line in zip(plain, lines, strict=True):
        told = json.loads(line)
        chance, *etas = (float(part) for part in answer.split(","))
        assert told["probability"] == chance
        assert [float("inf") if eta is None else eta for eta in told["eta_seconds"].values()] == etas
        assert (told["bound"], told["direction"], told["within_seconds"]) == (30.0, "above", 1800.0)
        assert told["gap"] == 30.0 - told["value"]


def test_a_half_life_tells_how_soon_the_level_of_a_score_follows() -> None:
    text = rows_of([*noise(27, 400), *(2.0 + value for value in noise(28, 11))])
    levels = []
    for seconds in (600.0, 6000.0):
        _, plain, _ = said(score, text, Wish(), seconds)
        _, lines, _ = said(score, text, Wish(explain=True), seconds)
        assert [json.loads(line)["score"] for line in lines] == [float(answer) for answer in plain]
        levels.append(json.loads(lines[-1])["expected"]["level"])
    assert levels[0] > 0.8 > levels[1]


@pytest.mark.parametrize("tool", ["score --half-life", "forecast --within"])
@pytest.mark.parametrize("told", ["0", "5x", "nan", "inf"])
def test_a_duration_that_is_none_is_refused_with_the_name_of_its_argument(tool: str, told: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "rollguard_detector", *tool.split(), told], capture_output=True, text=True, check=False, input=""
    )
    assert ran.returncode == EXIT_UNUSABLE
    assert f"argument {tool.split()[1]}: '{told}' is no duration; write 90s, 10m, 2h or 1d" in ran.stderr


def test_an_explained_wrong_row_is_a_line_of_json_too() -> None:
    _, answers, _ = said(score, "1,2\n2,x\n", Wish(explain=True))
    assert json.loads(answers[1]) == {"problem": "line 2: value 'x' is no number"}


def test_an_explanation_names_the_stream_where_there_are_many() -> None:
    _, answers, _ = said(score, fleet(3), Wish(columns=Asked(stream="host"), explain=True))
    assert [json.loads(answer)["stream"] for answer in answers] == ["a", "b"] * 3


def test_an_incident_opens_rises_and_closes_once() -> None:
    incidents = Incidents()
    story = [(0.0, False), (0.6, True), (0.0, True), (0.7, True), (0.0, True), (0.0, False), (0.0, False), (0.4, True)]
    places = [incidents.place(float(at), score_, lasts=lasts) for at, (score_, lasts) in enumerate(story)]
    assert [place and place.state for place in places] == [None, "open", "open", "peak", "open", "closed", None, None]
    assert places[5][2:] == (1.0, 3.0, 0.7)


def test_an_alarm_lower_than_the_open_incident_is_another_incident() -> None:
    incidents = Incidents()
    numbers = [incidents.place(float(at), score_, lasts=True).number for at, score_ in enumerate((0.8, 0.0, 0.6))]
    assert numbers == [1, 1, 2]


def test_a_file_is_read_like_standard_input_even_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "latency.csv"
    path.write_text("\ufefftimestamp,value\n" + rows_of(noise(23, 40)), encoding="utf-8")
    assert said(score, "", Wish(path=str(path))) == said(score, rows_of(noise(23, 40)))


def test_a_file_that_is_not_there_is_named() -> None:
    code, answers, complaints = said(score, "", Wish(path="nowhere.csv"))
    assert (code, answers) == (EXIT_UNUSABLE, [])
    assert complaints == ["rollguard-detector: nowhere.csv cannot be read: No such file or directory"]


def test_a_column_that_is_missing_ends_the_run_with_one_sentence() -> None:
    code, _, complaints = said(score, "timestamp,value\n1,2\n", _FLEET)
    assert code == EXIT_UNUSABLE
    assert len(complaints) == 1


def test_scoring_loads_neither_numpy_nor_river_nor_what_draws() -> None:
    program = "import io, sys; sys.stdin = io.StringIO('1,2\\n'); from rollguard_detector.__main__ import main; main(['score'])\n"
    program += "print(sorted({'river', 'numpy', 'matplotlib', 'pyarrow', 'aiokafka'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines() == ["0.000000", "[]"]


def test_a_terminal_is_told_how_far_a_file_is_read_and_a_pipe_is_not(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text(rows_of(noise(24, 5000)))
    command = [sys.executable, "-m", "rollguard_detector", "score"]
    ours, theirs = pty.openpty()
    subprocess.run([*command, str(path)], stdout=subprocess.DEVNULL, stderr=theirs, check=True)
    assert b" %\r" in os.read(ours, 10_000)
    quiet = subprocess.run([*command, str(path)], capture_output=True, check=True)
    assert quiet.stderr == b""
    os.close(ours)
    os.close(theirs)


def test_a_reader_that_has_seen_enough_ends_the_run_without_a_stack_trace(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text(rows_of(noise(25, 20_000)))
    command = f"{sys.executable} -m rollguard_detector score {path} | head -1"
    shown = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)  # noqa: S602  # a pipe is the point
    assert (len(shown.stdout.splitlines()), shown.stderr) == (1, "")


@pytest.mark.parametrize("examples", [SCORE_EXAMPLES, FORECAST_EXAMPLES])
def test_every_example_of_the_help_works(examples: str, tmp_path: Path) -> None:
    (tmp_path / "latency.csv").write_text("timestamp,value\n" + rows_of([*noise(26, 300), 40.0]))
    (tmp_path / "fleet.csv").write_text(fleet(50))
    parquet.write_table(pa.table({"at": [1.0, 2.0], "host": ["a", "b"], "p99": [3.0, 4.0]}), tmp_path / "fleet.parquet")
    commands = [line.strip() for line in examples.splitlines() if "rollguard-detector " in line]
    assert len(commands) >= 4
    for command in commands:
        line = command.replace("rollguard-detector", f"{sys.executable} -m rollguard_detector")
        ran = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S602  # as a person types it
        assert (ran.returncode, ran.stderr) == (0, ""), command
    assert (tmp_path / ("fleet.png" if examples == SCORE_EXAMPLES else "latency.html")).stat().st_size > 10_000
