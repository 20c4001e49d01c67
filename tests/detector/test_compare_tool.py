"""
The tool `compare`, from lines to verdicts: one a line, before the next is read, whatever the line, in whatever order.
"""

import io
import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollguard_detector.core.comparison.course import Budget
from rollguard_detector.plain.comparing import HEADER, Question
from rollguard_detector.plain.examples import COMPARE_EXAMPLES
from rollguard_detector.plain.tools import EXIT_BAD_ROWS, EXIT_UNUSABLE, Pipes, compare

COLUMNS = "stream,time,control_n,control_bad,candidate_n,candidate_bad\n"


def said(text: str, question: Question | None = None, *, strict: bool = False) -> tuple[int, list[str], list[str]]:
    """Compare a text; return the exit code, the answers and the complaints."""
    sink, complaints = io.StringIO(), io.StringIO()
    code = compare(None, Pipes(io.StringIO(text), sink, complaints), question or Question(), strict=strict)
    return code, sink.getvalue().splitlines(), complaints.getvalue().splitlines()


def rows_of(stream: str, effect: float, minutes: int = 30, seed: int = 1) -> list[str]:
    rng = np.random.default_rng(seed)
    counts = zip(rng.poisson(54.0, minutes), rng.poisson(6.0 * effect, minutes), strict=True)
    return [f"{stream},{60 * at},10800,{control},1200,{candidate}\n" for at, (control, candidate) in enumerate(counts)]


def last_words(answers: list[str]) -> dict[str, list[str]]:
    """The last answer of each stream, without its time."""
    return {stream: rest for stream, _, *rest in (answer.split(",") for answer in answers[1:])}


def test_a_healthy_stream_and_a_bad_one_are_told_apart_where_they_interleave():
    mixed = [row for pair in zip(rows_of("good", 1.0), rows_of("bad", 3.0), strict=True) for row in pair]
    code, answers, complaints = said(COLUMNS + "".join(mixed))
    assert (code, complaints) == (0, [])
    assert answers[0] + "\n" == HEADER
    assert [answer.split(",")[:2] for answer in answers[1:]] == [row.split(",")[:2] for row in mixed]
    words = last_words(answers)
    assert words["bad"][1:3] == ["degraded", "rollout"]
    assert words["good"][1] == "healthy"
    assert float(words["bad"][3]) > 1.0 > float(words["good"][3])


def test_every_line_is_answered_before_the_next_is_read():
    sink = io.StringIO()

    class Wire(io.StringIO):
        answered: list[int] = []  # noqa: RUF012  # one wire

        def readline(self, *size: int) -> str:
            self.answered.append(sink.getvalue().count("\n"))
            return super().readline(*size)

    wire = Wire(COLUMNS + "".join(rows_of("a", 1.0, 3)) + "a,x\n")
    compare(None, Pipes(wire, sink, io.StringIO()), Question())
    assert wire.answered == [0, 1, 2, 3, 4, 5]


@given(st.randoms(use_true_random=False))
@settings(max_examples=8, deadline=None)
def test_shuffled_and_repeated_delivery_ends_in_the_same_words(shuffler: random.Random):
    rows = [*rows_of("a", 1.0, 20, 3), *rows_of("b", 2.0, 20, 4), *rows_of("c", 4.0, 20, 5)]
    delivered = [*rows, *shuffler.sample(rows, 10)]
    shuffler.shuffle(delivered)
    assert last_words(said(COLUMNS + "".join(delivered))[1]) == last_words(said(COLUMNS + "".join(rows))[1])


def test_empty_windows_move_nothing():
    rows = "".join(rows_of("a", 2.0, 6))
    _, answers, _ = said(COLUMNS + rows + "a,900,0,0,0,0\n")
    assert answers[-1].split(",")[2:] == answers[-2].split(",")[2:]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("a,60,10,1,5", "has 5 columns, 6 are needed"),
        ("a,soon,10,1,5,1", "time 'soon' is neither epoch seconds nor ISO 8601"),
        ("a,60,10,11,5,1", "control_bad is 11, more than control_n, 10"),
        ("a,60,10,1,-5,1", "candidate counts are negative"),
        ("a,60,10,1.5,5,1", "count '1.5' is no whole number"),
        ("a,60,10,x,5,1", "value 'x' is no number"),
    ],
)
def test_a_wrong_row_is_named_counted_and_answered_with_what_was_known(row, problem):
    code, answers, complaints = said(COLUMNS + "a,0,100,1,10,1\n" + row + "\n" + "a,120,100,1,10,1\n")
    assert code == EXIT_BAD_ROWS
    assert complaints == [f"line 3: {problem}", "1 line could not be read"]
    assert answers[2].split(",")[2:] == answers[1].split(",")[2:]
    assert len(answers) == 4


def test_a_wrong_row_of_an_unknown_stream_begins_none():
    _, answers, _ = said(COLUMNS + "new,0,1,2,3,4\n")
    assert answers[1] == "new,0,0.000000,inconclusive,unknown,0.0000,inf"


def test_empty_lines_and_comments_are_no_rows():
    code, answers, complaints = said(COLUMNS + "\n# by hand\na,0,100,1,10,1\n\n")
    assert (code, len(answers), complaints) == (0, 2, [])


def test_strict_stops_at_the_first_wrong_row():
    code, answers, complaints = said(COLUMNS + "a,0,100,1,10,1\na,x\na,60,100,1,10,1\n", strict=True)
    assert (code, len(answers)) == (EXIT_BAD_ROWS, 2)
    assert complaints[-1] == "1 line could not be read, stopped there"


def test_columns_are_found_by_name_and_a_missing_one_is_named():
    shuffled = "time,candidate_bad,candidate_n,stream,control_bad,control_n\n60,3,120,a,5,1080\n"
    assert said(shuffled)[1] == said(COLUMNS + "a,60,1080,5,120,3\n")[1]
    code, _, complaints = said("stream,time,control_n\n")
    assert code == EXIT_UNUSABLE
    assert "no column 'control_bad', 'candidate_n', 'candidate_bad'" in complaints[0]


def test_rows_without_a_header_are_read_in_the_order_of_the_columns():
    assert said("a,60,1080,5,120,3\n")[1] == said(COLUMNS + "a,60,1080,5,120,3\n")[1]


def test_a_name_with_a_comma_is_quoted_as_it_came():
    _, answers, _ = said(COLUMNS + '"a,b",60,1080,5,120,3\n')
    assert answers[1].startswith('"a,b",60,')


def test_one_bad_replica_is_named_and_no_bad_release():
    header = COLUMNS.strip() + ",segment\n"
    rows = [f"a,{60 * at},200,2,40,{4 if pod == 'c' else 0},{pod}\n" for at in range(12) for pod in "abcde"]
    assert last_words(said(header + "".join(rows))[1])["a"][1:3] == ["inconclusive", "segment"]
    told = json.loads(said(header + "".join(rows), Question(explain=True))[1][-1])
    assert told["segment"] == "c"


def test_an_explanation_says_from_how_much_and_what_could_have_been_seen():
    _, lines, _ = said(COLUMNS + "".join(rows_of("a", 1.0, 10)) + "a,x\n", Question(explain=True))
    told, wrong = json.loads(lines[-2]), json.loads(lines[-1])
    assert told["candidate"]["n"] == 12_000
    assert 1.0 < told["least_effect_seen"] < 3.0
    assert told["windows_to_relevant_effect"] > 0
    assert wrong["problem"] == "has 2 columns, 6 are needed"


def test_a_slower_candidate_is_found_by_its_buckets_and_an_equal_one_is_not():
    def cell(shift: int) -> str:
        return " ".join(
            f"{bound}:{count}" for bound, count in zip((0.1, 0.2, 0.4, "inf"), np.roll((60, 30, 8, 2), shift), strict=True)
        )

    rows = [f"slow,{at},{cell(0)},{cell(1)}\nequal,{at},{cell(0)},{cell(0)}\n" for at in range(8)]
    code, answers, _ = said("stream,time,control,candidate\n" + "".join(rows), Question(kind="histogram"))
    words = last_words(answers)
    assert code == 0
    assert words["slow"][1:3] == ["degraded", "rollout"]
    assert words["equal"][1] != "degraded"
    told = json.loads(said("stream,time,control,candidate\n" + "".join(rows), Question(kind="histogram", explain=True))[1][-2])
    assert set(told["contributions"]) <= {"above 0.1", "above 0.2", "above 0.4"}
    assert sum(told["contributions"].values()) == pytest.approx(1.0, abs=1e-3)


def test_a_bucket_that_makes_no_sense_is_named():
    _, _, complaints = said("stream,time,control,candidate\na,1,0.1:3 0.1:4,0.1:1\na,2,5,0.1:1\n", Question(kind="histogram"))
    assert complaints[:2] == ["line 2: '0.1:4' is negative, or its bound comes twice", "line 3: '5' is no bound:count"]


@pytest.mark.parametrize(("less_is_worse", "verdict"), [(True, "degraded"), (False, "healthy")])
def test_a_mean_is_worse_in_the_direction_that_is_told(less_is_worse, verdict):
    rng = np.random.default_rng(8)
    rows = [f"a,{at},900,{0.9 + 0.01 * rng.normal()},100,{0.85 + 0.01 * rng.normal()}\n" for at in range(30)]
    question = Question(Budget(relevant=0.1), kind="mean", less_is_worse=less_is_worse)
    _, answers, _ = said("stream,time,control_n,control_mean,candidate_n,candidate_mean\n" + "".join(rows), question)
    low, high = (float(part) for part in last_words(answers)["a"][3:])
    assert last_words(answers)["a"][1] == verdict
    assert low < 0.85 / 0.9 < high < 1.0


def test_a_mean_of_no_requests_needs_no_number():
    columns = "stream,time,control_n,control_mean,candidate_n,candidate_mean\n"
    assert said(columns + "a,1,10,0.5,0,\n", Question(kind="mean"))[0] == 0
    assert said(columns + "a,1,10,,0,\n", Question(kind="mean"))[0] == EXIT_BAD_ROWS


def test_the_example_of_the_help_comes_out_as_it_is_shown(tmp_path: Path):
    (tmp_path / "windows.csv").write_text(COLUMNS + "".join(rows_of("a", 2.0, 3)))
    (tmp_path / "buckets.csv").write_text("stream,time,control,candidate\na,1,1:9 inf:1,1:1\n")
    (tmp_path / "means.csv").write_text("stream,time,control_n,control_mean,candidate_n,candidate_mean\na,1,5,0.5,5,0.4\n")
    examples = COMPARE_EXAMPLES.replace("\\\n", " ").splitlines()
    shown = [line.strip() for line in examples if line.strip().startswith(("stream,time,log_e", "shop,"))]
    commands = [line.strip() for line in examples if "rollguard-detector " in line]
    assert len(commands) == 5
    for number, command in enumerate(commands):
        line = command.replace("rollguard-detector", f"{sys.executable} -m rollguard_detector")
        ran = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S602  # as a person types it
        assert (ran.returncode, ran.stderr) == (0, ""), command
        assert number or ran.stdout.splitlines() == shown


def test_comparing_loads_neither_numpy_nor_river():
    program = "import io, sys; sys.stdin = io.StringIO('a,1,9,1,9,1\\n'); from rollguard_detector.__main__ import main\n"
    program += "main(['compare']); print(sorted({'river', 'numpy', 'aiokafka'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines()[-1] == "[]"


@pytest.mark.parametrize("wrong", [["--alpha", "0"], ["--alpha", "1.5"], ["--margin", "-1"], ["--kind", "guess"]])
def test_a_budget_that_makes_no_sense_is_refused(wrong):
    ran = subprocess.run(
        [sys.executable, "-m", "rollguard_detector", "compare", *wrong], capture_output=True, text=True, check=False
    )
    assert ran.returncode == EXIT_UNUSABLE
    assert wrong[0] in ran.stderr
