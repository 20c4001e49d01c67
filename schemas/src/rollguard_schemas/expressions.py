"""
The language of ``combine.expression``: CEL over the evidence that shows, one group of variables a name.

It is checked before it is ever asked: every name and every type is known from the policy alone, so a misspelt objective is refused
with its place and never found to be false at night. The interpreter is Google's own; of its library all that could make a value
grow (joining texts and lists, ``map``, regular expressions) is left out, and it counts iterations itself, so that one question
costs microseconds and always the same. It is imported with the first expression, never without one.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

LONGEST_CHARACTERS = 1000
FIELDS = {
    "shows": "BOOL",
    "kind": "STRING",
    "value": "DOUBLE",
    "probability": "DOUBLE",
    "severity": "STRING",
    "age_seconds": "DOUBLE",
}
SHOWN = "shown"
_LIBRARY = """
stdlib:
  include_macros: [all, exists, exists_one]
  exclude_functions:
    - name: "_+_"
      overloads: [{id: add_string}, {id: add_bytes}, {id: add_list}]
    - name: matches
"""
_PLACE = re.compile(r"<input>:(?P<line>\d+):(?P<column>\d+): (?P<problem>.*)")

Facts = Mapping[str, Any]


class Refused(ValueError):
    """An expression that means nothing, with what the language says about it."""


class Fault(Exception):
    """An expression that could not be answered on these facts."""


def identifier(name: str) -> str:
    """Return the variable for the name of an objective or a metric: what no variable may hold becomes an underscore."""
    plain = re.sub(r"\W", "_", name, flags=re.ASCII)
    return f"_{plain}" if plain[:1].isdigit() else plain


def variables(names: Sequence[str]) -> dict[str, str]:
    """Return the variables of an expression over some names, with their types."""
    return {SHOWN: "LIST"} | {f"{identifier(name)}.{field}": kind for name in names for field, kind in FIELDS.items()}


def check(text: str, names: Sequence[str]) -> None:
    """
    Check an expression over some names.

    Raises:

        Refused: when it cannot be read, knows a name or a type that is none, or is no condition.
    """
    _compiled(text, tuple(names))


def holds(text: str, names: Sequence[str], facts: Facts) -> bool:
    """
    Answer an expression; a variable without a fact is a fault, unless the rest decides without it.

    Raises:

        Refused: as ``check`` does.
        Fault: when it cannot be answered on these facts.
    """
    try:
        answer = _compiled(text, tuple(names)).eval(data=dict(facts)).value()
    except RuntimeError as error:
        raise Fault(_told(error)) from error
    if not isinstance(answer, bool):
        raise Fault(str(answer).removeprefix("UNKNOWN: "))
    return answer


@lru_cache(maxsize=256)
def _compiled(text: str, names: tuple[str, ...]) -> Any:
    from cel_expr_python import cel  # noqa: PLC0415  # with the first expression only

    types = {name: cel.Type.List(cel.Type.STRING) if kind == "LIST" else getattr(cel.Type, kind) for name, kind in _typed(names)}
    environment = cel.NewEnv(config=cel.NewEnvConfigFromYaml(_LIBRARY), variables=types)
    try:
        expression = environment.compile(text)
    except RuntimeError as error:
        raise Refused(_told(error)) from error
    if expression.return_type() != cel.Type.BOOL:
        raise Refused(f"it is a {expression.return_type().name().lower()}, not a condition")
    return expression


def _typed(names: tuple[str, ...]) -> list[tuple[str, str]]:
    return [*variables(names).items()]


def _told(error: RuntimeError) -> str:
    """Return what the interpreter complains of first, with its place where it names one."""
    found = _PLACE.search(str(error))
    if found is None:
        return str(error).partition("\n")[0]
    problem = found["problem"].replace(" (in container '')", "")
    line = f"line {found['line']}, " if found["line"] != "1" else ""
    return f"{problem} at {line}character {found['column']}"
