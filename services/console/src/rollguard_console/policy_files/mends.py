"""
From a decoder's complaint to plain words and to what to write instead.

Whoever reads this has a pipeline that just failed or an incident at hand: each complaint ends in something to type. What no
rule knows is passed on as it came, so that a new kind of complaint is told plainly rather than wrongly.
"""

import re
from typing import NamedTuple

from rollguard_console.policy_files import shapes
from rollguard_console.policy_files.shapes import Shape
from rollguard_runtime.nearest import choose
from rollguard_runtime.yaml_nodes import Path

_BOOLEAN_WORDS = {"on", "off", "yes", "no", "y", "n"}
_FORM_OF = {
    "name": "write lower-case letters, digits, dots and dashes, such as fraud-scorer",
    "workload": "write namespace/name, such as shop/fraud-scorer",
    "workloads": "write namespace/name, such as shop/fraud-scorer, or with * for any part",
    "after": "write namespace/name, such as shop/fraud-scorer",
    "fromTime": "write hours and minutes, such as 09:00 or 17:30",
    "untilTime": "write hours and minutes, such as 17:00; 24:00 is the end of the day",
    "fromDate": "write year, month and day, such as 2026-12-24",
    "untilDate": "write year, month and day, such as 2027-01-02",
    "alias": "write an alias such as champion; the registry keeps latest and v<digits> for itself",
}
_BY_TYPE = {
    "float": "write a number such as 0.25",
    "int": "write a whole number such as 3",
    "bool": "write true or false",
    "object": "write its fields below it, indented",
    "array": "write a list: each entry on a line of its own, after a dash",
}
_OTHERS = (
    (r"Number out of range", "write a number that a computer can hold"),
    (r"of length >= ", "write at least one character"),
    (r"of length <= ", "write a shorter one"),
    (r"[<>]=? ", "write a number within that range"),
    (r"exactly one of", "keep the bound whose crossing hurts: above for a latency, below for an accuracy"),
    (r"at most one bound", "keep errorBudget, and a bound only where each sample beyond it is a bad event"),
    (r"different names", "rename one of them"),
    (r"compared once|has rules once", "keep one of the two"),
    (r"needs something to compare", "name the metrics below regression, or write actOn.regression: false"),
    (r"longer than guards", "write a windowSeconds of at most a tenth of guards.rolloutWindowSeconds"),
)


class Advice(NamedTuple):
    """What is wrong, and what to write instead (empty where nobody knows)."""

    problem: str
    mend: str


def advise(complaint: str, *, path: Path, written: str, shape: Shape | None) -> Advice:
    """Put a decoder's complaint (without its path) into plain words; ``written`` is what stands in the file."""
    problem = re.sub(r" \| null\b", "", complaint).replace("`", "")
    words = shapes.choices(shape)
    if words and re.match(r"Invalid|Expected", problem):
        return Advice(f"{written} is none of the choices", choose(written, words))
    if missing := re.match(r"Object missing required field (\S+)", problem):
        return Advice(f"{missing[1]} is missing", f"add {missing[1]}:")
    if "matching regex" in problem:
        return Advice(f"{written!r} is not of the right form", _FORM_OF.get(_field(path), ""))
    if wrong_type := re.match(r"Expected (\w+), got (\w+)", problem):
        return Advice(f"expected {wrong_type[1]}, got {wrong_type[2]}", _another_type(wrong_type[1], written, _field(path)))
    mend = next((mend for pattern, mend in _OTHERS if re.search(pattern, problem)), "")
    if not mend:
        problem, _, mend = problem.partition("; ")  # one of our own, which names it
    return Advice(problem[:1].lower() + problem[1:], mend)


def _field(path: Path) -> str:
    """Return the name of the field that a path leads to, or in whose list it ends."""
    return next((step for step in reversed(path) if isinstance(step, str)), "")


def _another_type(expected: str, written: str, field: str) -> str:
    if expected == "str":
        return f'put it in quotes: "{written}"' if written else "write a text"
    if expected == "bool" and written.lower() in _BOOLEAN_WORDS:
        return f"write true or false; {written} is plain text here"
    if expected == "float" and field.endswith("Seconds"):
        return "write seconds, such as 600"
    return _BY_TYPE.get(expected, "")
