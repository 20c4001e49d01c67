"""Laws of the policy check: it never fails itself, always names a line, and what it accepts survives the way to a file and back."""

import copy

import msgspec
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from rollguard_console.policy_files.check import check
from rollguard_runtime.yaml_nodes import documents, parse_path, show_path, written
from rollguard_schemas.policies import RollbackPolicy

RIGHT = {
    "apiVersion": "rollguard.dev/v1",
    "kind": "RollbackPolicy",
    "metadata": {"name": "fraud"},
    "spec": {
        "workload": "shop/fraud-scorer",
        "target": {"driver": "mlflow-alias", "model": "fraud", "alias": "champion"},
        "mode": "act",
        "objectives": [{"name": "latency", "metric": "p99", "above": 0.25}, {"name": "quality", "metric": "f1", "below": 0.8}],
        "actOn": {"breach": True, "forecast": {"probability": 0.9, "horizonSeconds": 600.0}, "anomaly": "high"},
        "guards": {"cooldownSeconds": 600.0, "maxRollbacksPerDay": 3},
        "verify": {"withinSeconds": 300.0},
    },
}
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["on", "1:30", "2026-01-01"]),
    lambda children: st.lists(children, max_size=2) | st.dictionaries(st.text(max_size=3) | st.integers(), children, max_size=2),
    max_leaves=4,
)


def _places(value, path=()):
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        yield from _places(child, (*path, step))


def _with(path, junk):
    if not path:
        return junk
    changed = copy.deepcopy(RIGHT)
    parent = changed
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = junk
    return changed


@given(path=st.sampled_from(list(_places(RIGHT))), junk=JUNK)
def test_whatever_stands_in_any_place_the_complaint_names_a_line_of_the_file(path, junk):
    text = yaml.safe_dump(_with(path, junk), sort_keys=False)

    verdict = check({"p.yaml": text})

    assert verdict.policies or verdict.findings
    assert all(1 <= finding.line <= text.count("\n") + 1 for finding in verdict.findings)


@given(path=st.sampled_from([path for path in _places(RIGHT) if path]))
def test_the_line_of_the_complaint_is_the_line_of_the_mistake(path):
    mark = "wrong-here"
    text = yaml.safe_dump(_with(path, {mark: 1}), sort_keys=False)
    line = next(number for number, content in enumerate(text.splitlines(), 1) if mark in content)

    findings = check({"p.yaml": text}).findings

    assert line in [finding.line for finding in findings]


@given(st.text() | st.text(alphabet=":-[]{}&*!|>'\"#%@ \n\tabn01.,?<~"))
def test_no_text_makes_the_check_itself_fail(text):
    verdict = check({"p.yaml": text})

    assert verdict.findings
    assert all(1 <= finding.line <= text.count("\n") + text.count("\r") + 2 for finding in verdict.findings)


def test_a_deeply_nested_text_is_refused():
    (finding,) = check({"p.yaml": "[" * 5000}).findings

    assert "nested too deep" in finding.problem


@given(
    st.builds(
        lambda above, name: _with(("spec", "objectives", 0), {"name": name, "metric": "m", "above": above}),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(min_size=1, max_size=20),
    )
)
def test_a_policy_written_as_yaml_is_read_back_as_itself(document):
    policy = msgspec.convert(document, RollbackPolicy)

    verdict = check({"p.yaml": written(msgspec.to_builtins(policy))})

    assert [checked.policy for checked in verdict.policies] == [policy]


@given(st.recursive(st.text() | st.integers() | st.booleans() | st.none(), lambda children: st.lists(children, max_size=3)))
@example("0E0")
@example("1e5")  # as a commit may be called
@example("on")
@example("1:30")
def test_what_is_written_as_yaml_reads_back_as_itself(value):
    assert [document.value for document in documents(written({"it": value}))] == [{"it": value}]


@given(
    st.lists(st.text(alphabet="abcXYZ", min_size=1) | st.integers(0, 99), min_size=1).filter(lambda path: isinstance(path[0], str))
)
def test_a_path_reads_back_as_it_was_written(path):
    assert parse_path("`$." + show_path(tuple(path)) + "`") == tuple(path)
