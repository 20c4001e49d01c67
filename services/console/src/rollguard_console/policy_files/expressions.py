"""
Expressions of a policy: what is wrong with one, in plain words, and what to write instead.
"""

import re

from rollguard_console.policy_files.mends import Advice
from rollguard_runtime.nearest import choose
from rollguard_schemas.expressions import FIELDS, Refused, check, identifier, variables
from rollguard_schemas.policies import PolicySpec

_OTHERS = (
    (r"\(double, int\)|\(int, double\)", "write numbers with a point, such as 0.9 or 3.0"),
    (r"no matching overload", "compare numbers with numbers and texts with texts, and join conditions with && and ||"),
    (r"not a condition", "write a condition, such as accuracy.shows && latency.shows"),
    (r"[Ss]yntax error", "look at the brackets, quotes and operators there; conditions are joined with && and ||"),
    (r"recursion limit", "nest it less deeply"),
)


def advice_on(spec: PolicySpec) -> Advice | None:
    """Return what is wrong with a policy's expression, or None where nothing is."""
    if spec.combine.rule != "expression":
        return None
    try:
        check(spec.combine.expression, spec.combinable)
    except Refused as error:
        return Advice(str(error), _mend(str(error), spec))
    return None


def _mend(problem: str, spec: PolicySpec) -> str:
    unknown = re.search(r"undeclared reference to '([^']+)'", problem)
    if unknown:
        return _known(unknown[1], spec)
    return next(
        (mend for pattern, mend in _OTHERS if re.search(pattern, problem)), "see the page about policies for what may stand there"
    )


def _known(unknown: str, spec: PolicySpec) -> str:
    """Say what was most likely meant by a variable that is none."""
    name, _, field = unknown.partition(".")
    for one in spec.combinable:
        if one != identifier(one) and one in spec.combine.expression:
            return f"write {identifier(one)} for {one}: what no variable may hold is an underscore"
    objectives = {identifier(one.metric): identifier(one.name) for one in spec.objectives}
    if name in objectives:
        return f"write {objectives[name]}.{field or 'shows'}: an objective goes by its own name"
    if field in FIELDS:
        return choose(unknown, [f"{identifier(one)}.{field}" for one in spec.combinable])
    return choose(unknown, [*variables(spec.combinable)])
