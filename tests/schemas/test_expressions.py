"""
The language of ``combine.expression``: what it knows, what it refuses, and that no expression costs more than it may.
"""

import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollguard_schemas.expressions import LONGEST_CHARACTERS, Fault, Refused, check, holds, identifier

NAMES = ("accuracy", "latency")
FACTS = {"shown": ["accuracy"], "accuracy.shows": True, "accuracy.value": 0.7, "accuracy.kind": "breach", "latency.shows": False}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("accuracy.shows", True),
        ("accuracy.shows && latency.shows", False),
        ("accuracy.shows && accuracy.value < 0.75", True),
        ("latency.shows && latency.value > 1.0", False),
        ("accuracy.kind == 'breach' || latency.kind == 'breach'", True),
        ("shown.size() >= 2", False),
        ("shown.exists(one, one == 'accuracy')", True),
    ],
)
def test_it_answers_what_shows(text, answer):
    assert holds(text, NAMES, FACTS) is answer


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("acuracy.shows", "undeclared reference to 'acuracy.shows' at character 8"),
        ("accuracy.shows\n&& nothing", "line 2, character 4"),
        ("accuracy.value > 1", "no matching overload"),
        ("accuracy.value", "it is a double, not a condition"),
        ("accuracy.shows &&", "Syntax error"),
        ("(" * 400 + "true" + ")" * 400, "limit"),
        ("shown.map(one, one).size() > 0", "undeclared"),
        ("'a' + 'a' == 'aa'", "no matching overload"),
        ("accuracy.kind.matches('a*')", "undeclared"),
    ],
)
def test_what_means_nothing_is_refused_with_its_place(text, says):
    with pytest.raises(Refused, match=says.replace("(", r"\(").replace(".", r"\.")):
        check(text, NAMES)


def test_what_is_not_known_is_a_fault_and_no_answer():
    with pytest.raises(Fault, match=r"latency\.value"):
        holds("latency.value > 1.0", NAMES, FACTS)


def test_an_expression_that_would_go_on_and_on_is_ended():
    deep = "".join(f"[0,1,2,3,4,5,6,7,8,9].all(x{number}, " for number in range(8)) + "true" + ")" * 8
    began = time.process_time()
    with pytest.raises(Fault, match="budget"):
        holds(deep, NAMES, FACTS)
    assert time.process_time() - began < 5.0  # it would be a hundred million questions


@given(st.text(max_size=60))
def test_any_text_is_refused_or_answered(text):
    try:
        assert holds(text, NAMES, FACTS) in (True, False)
    except (Refused, Fault) as error:
        assert str(error)  # noqa: PT017  # either is an end; both must say why


def test_a_name_becomes_a_variable():
    assert [identifier(name) for name in ("p99", "latency-p99", "http.errors", "99th")] == [
        "p99",
        "latency_p99",
        "http_errors",
        "_99th",
    ]


def test_the_interpreter_is_not_imported_without_an_expression():
    asked = "import sys, rollguard_schemas.policies, rollguard_schemas.expressions; sys.exit('cel_expr_python' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
    assert LONGEST_CHARACTERS == 1000
