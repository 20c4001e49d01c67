"""
Two hundred and more wrong policies, made from a right one and written by hand: each is refused, with its path and what to write.

A made one is the right policy with one thing wrong in it: a misspelt field, a value of another type, one out of its bounds, one
that is missing. The rule is the same for all: the place of the mistake is named, and the complaint ends in something to type.
"""

import copy

import pytest
import yaml

from rollguard_console.policy_files.check import check
from rollguard_runtime.yaml_nodes import show_path

RIGHT = {
    "apiVersion": "rollguard.dev/v1",
    "kind": "RollbackPolicy",
    "metadata": {"name": "fraud"},
    "spec": {
        "workload": "shop/fraud-scorer",
        "target": {"driver": "mlflow-alias", "model": "fraud", "alias": "champion"},
        "mode": "act",
        "objectives": [
            {"name": "latency", "metric": "p99", "above": 0.25, "unit": "s", "consecutiveSamples": 3, "intervalSeconds": 15},
            {"name": "quality", "metric": "f1", "below": 0.8},
        ],
        "actOn": {"breach": True, "forecast": {"probability": 0.9, "horizonSeconds": 600}, "anomaly": "high", "regression": True},
        "combine": {"rule": "weighted", "weights": {"latency": 1, "quality": 2}, "atLeast": 0.3, "critical": ["quality"]},
        "ladder": {"breach": "rollback", "forecast": "hold", "anomaly": "notify", "silence": "hold", "holdSeconds": 600},
        "fallbackRevision": "rules-only",
        "anomalies": {"falseAlarmEveryDays": 7, "metrics": [{"metric": "p99", "direction": "up", "minAbsolute": 0.01}]},
        "regression": {"oneHealthyIn": 100, "windowSeconds": 60},
        "guards": {
            "cooldownSeconds": 600,
            "cooldownBackoff": 2,
            "rolloutWindowSeconds": 3600,
            "staleAfterSeconds": 900,
            "maxRollbacksPerDay": 3,
            "maxRollbacksPerHour": 1,
            "tenantMaxRollbacksPerHour": 2,
            "fleetMaxRollbacksPerHour": 5,
            "maxSimultaneous": 2,
            "maxFleetRatio": 0.1,
            "after": ["shop/embedder"],
            "freezeWindows": [{"name": "holidays", "fromDate": "2026-12-20", "untilDate": "2027-01-02"}],
            "recommendOnlyWindows": [
                {"name": "office", "days": ["mon", "fri"], "fromTime": "09:00", "untilTime": "17:00", "timeZone": "Europe/Berlin"}
            ],
        },
        "approval": {"required": False, "by": ["ada"], "timeoutSeconds": 3600},
        "verify": {"withinSeconds": 300, "decisionExpiresAfterSeconds": 300},
    },
}
_REQUIRED = {
    ("apiVersion",),
    ("kind",),
    ("metadata",),
    ("metadata", "name"),
    ("spec",),
    ("spec", "workload"),
    ("spec", "target"),
    ("spec", "target", "driver"),
    ("spec", "target", "model"),
    ("spec", "target", "alias"),
    ("spec", "objectives", 0, "name"),
    ("spec", "objectives", 0, "metric"),
    ("spec", "anomalies", "metrics", 0, "metric"),
    ("spec", "guards", "freezeWindows", 0, "name"),
}
_FREE_KEYS = ("weights",)  # mappings whose keys are names that people choose


def _places(value, path=()):
    if path:
        yield path, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        yield from _places(child, (*path, step))


def _changed(path, change):
    document = copy.deepcopy(RIGHT)
    parent = document
    for step in path[:-1]:
        parent = parent[step]
    change(parent, path[-1])
    return document


def _set(value):
    def change(parent, step):
        parent[step] = value

    return change


def _misspelt(parent, step):
    name = step[:-1] + ("x" if step[-1] != "x" else "y")
    parent[name] = parent.pop(step)


def _dropped(parent, step):
    del parent[step]


def _made():
    """Yield (what is wrong, document, path that must be named)."""
    for path, value in _places(RIGHT):
        shown = show_path(path)
        if isinstance(path[-1], str) and not (len(path) > 1 and path[-2] in _FREE_KEYS):
            wrong = (*path[:-1], path[-1][:-1] + ("x" if path[-1][-1] != "x" else "y"))
            named = path[:-1] if path[-1] in ("kind", "driver") else wrong
            yield f"{shown} misspelt", _changed(path, _misspelt), show_path(named) if path[-1] not in ("kind", "driver") else shown
        yield f"{shown} of another type", _changed(path, _set({"x": 1} if not isinstance(value, dict) else [1])), shown
        if isinstance(value, bool):
            yield f"{shown} in words", _changed(path, _set("yes")), shown
        elif isinstance(value, int | float):
            yield f"{shown} below its bounds", _changed(path, _set(-1)), shown
            yield f"{shown} with its unit", _changed(path, _set(f"{value}s")), shown
        elif isinstance(value, str) and path[-1] != "unit":
            yield f"{shown} empty", _changed(path, _set("")), shown
            yield f"{shown} a number", _changed(path, _set(7)), shown
        elif isinstance(value, list):
            yield f"{shown} without its list", _changed(path, _set("one")), shown
        if path in _REQUIRED:
            yield (
                f"{shown} missing",
                _changed(path, _dropped),
                show_path(path[:-1]) if path[-1] not in ("kind", "driver") else shown,
            )


# Numbers that may be negative are right at -1, and a bound has no limits.
_RIGHT_AFTER_ALL = {
    "spec.objectives[0].above below its bounds",
    "spec.objectives[1].below below its bounds",
}
MADE = [(name, document, path) for name, document, path in _made() if name not in _RIGHT_AFTER_ALL]

_HEAD = "apiVersion: rollguard.dev/v1\nkind: RollbackPolicy\nmetadata: {name: p}\n"
_TARGET = "  target: {driver: mlflow-alias, model: m, alias: champion}\n"
_SPEC = f"{_HEAD}spec:\n  workload: shop/a\n{_TARGET}"
_EXPRESSED = _SPEC + "  objectives: [{name: accuracy, metric: f1, below: 0.8}]\n  combine:\n    rule: expression\n    expression: "
_LIST = "---\napiVersion: rollguard.dev/v1\nkind: WorkloadList\nworkloads:\n  - {name: shop/a, labels: {team: fraud}}\n"
_PRESET = "---\napiVersion: rollguard.dev/v1\nkind: PolicyPreset\nmetadata: {name: own}\n"

# What a person wrote, what the complaint must name, and what it must offer.
WRITTEN = {
    "a preset that nobody has": (_SPEC + "  preset: generativ\n", "spec.preset", "did you mean generative?"),
    "a preset that is no text": (_SPEC + "  preset: [service]\n", "spec.preset", "write a text"),
    "a selector beside a workload": (_SPEC + "  selector: {default: true}\n", "spec.selector", "keep one of the two"),
    "a selector that selects nothing": (f"{_HEAD}spec:\n{_TARGET}  selector: {{}}\n", "spec.selector", "exactly one of"),
    "a selector of two ways": (
        f"{_HEAD}spec:\n{_TARGET}  selector: {{default: true, workloads: [shop/a]}}\n",
        "spec.selector",
        "leave the others out",
    ),
    "a selector without a list": (
        f"{_HEAD}spec:\n{_TARGET}  selector: {{matchLabels: {{team: fraud}}}}\n",
        "spec.selector",
        "add a document of kind WorkloadList",
    ),
    "a label that nobody carries": (
        f"{_HEAD}spec:\n{_TARGET}  selector: {{matchLabels: {{team: ads}}}}\n{_LIST}",
        "spec.selector",
        "none of the 1 listed workloads",
    ),
    "a pattern that is none": (
        f"{_HEAD}spec:\n{_TARGET}  selector: {{workloads: [shop]}}\n",
        "spec.selector.workloads[0]",
        "write namespace/name",
    ),
    "a place that nothing fills": (
        f"{_HEAD}spec:\n  workload: shop/a\n  target: {{driver: mlflow-alias, model: '{{labels.model}}', alias: champion}}\n",
        "spec.target",
        "there are namespace, name, labels.x",
    ),
    "a preset that extends itself": (_SPEC + _PRESET + "extends: own\nspec: {}\n", "extends", "let one of them extend nothing"),
    "a preset that extends nobody": (_SPEC + _PRESET + "extends: servise\nspec: {}\n", "extends", "did you mean service?"),
    "a preset with a wrong rule": (
        _SPEC + _PRESET + "spec: {guards: {cooldownSeconds: soon}}\n",
        "spec.guards.cooldownSeconds",
        "write seconds, such as 600",
    ),
    "a preset with a foreign field": (_SPEC + _PRESET + "spec: {guard: {}}\n", "spec.guard", "did you mean guards?"),
    "a preset without a name": (
        _SPEC + "---\napiVersion: rollguard.dev/v1\nkind: PolicyPreset\nmetadata: {}\n",
        "metadata",
        "add name:",
    ),
    "a list of names alone": (
        _SPEC + "---\napiVersion: rollguard.dev/v1\nkind: WorkloadList\nworkloads: [shop/a]\n",
        "workloads[0]",
        "write its fields below it",
    ),
    "a list with a wrong name": (
        _SPEC + "---\napiVersion: rollguard.dev/v1\nkind: WorkloadList\nworkloads: [{name: a}]\n",
        "workloads[0].name",
        "write",
    ),
    "a second policy for a workload": (f"{_SPEC}---\n{_SPEC}", "spec.workload", "keep one of the two"),
    "weights without their rule": (
        _SPEC + "  objectives: [{name: a, metric: m, above: 1}]\n  combine: {weights: {a: 1}}\n",
        "spec.combine",
        "rule: weighted",
    ),
    "a rule without its weights": (_SPEC + "  combine: {rule: weighted}\n", "spec.combine", "needs weights"),
    "a list without its rule": (
        _SPEC + "  objectives: [{name: a, metric: m, above: 1}]\n  combine: {of: [a]}\n",
        "spec.combine",
        "rule: all",
    ),
    "a stranger among the combined": (
        _SPEC + "  objectives: [{name: a, metric: m, above: 1}]\n  combine: {critical: [b]}\n",
        "spec",
        "write one that is",
    ),
    "an expression over a stranger": (_EXPRESSED + "acuracy.shows\n", "spec.combine.expression", "did you mean accuracy.shows?"),
    "an expression over a metric that has an objective": (
        _EXPRESSED + "f1.shows\n",
        "spec.combine.expression",
        "write accuracy.shows",
    ),
    "an expression over a name with a dash": (
        _EXPRESSED.replace("accuracy,", "top-5,") + "top-5.shows\n",
        "spec.combine.expression",
        "write top_5 for top-5",
    ),
    "an expression with a whole number": (
        _EXPRESSED + "accuracy.value < 1\n",
        "spec.combine.expression",
        "write numbers with a point",
    ),
    "an expression that is no condition": (_EXPRESSED + "accuracy.value\n", "spec.combine.expression", "write a condition"),
    "an expression that ends too early": (_EXPRESSED + "accuracy.shows &&\n", "spec.combine.expression", "look at the brackets"),
    "an expression of two types": (_EXPRESSED + "accuracy.kind < 0.5\n", "spec.combine.expression", "numbers with numbers"),
    "an expression that is nested too deeply": (
        _EXPRESSED + "(" * 60 + "true" + ")" * 60 + "\n",
        "spec.combine.expression",
        "nest it less deeply",
    ),
    "an expression without its rule": (
        _SPEC + "  objectives: [{name: a, metric: m, above: 1}]\n  combine: {expression: a.shows}\n",
        "spec.combine",
        "rule: expression",
    ),
    "a rule without its expression": (_SPEC + "  combine: {rule: expression}\n", "spec.combine", "such as accuracy.shows"),
    "two names that an expression cannot tell apart": (
        _SPEC
        + "  objectives: [{name: a-b, metric: m, above: 1}, {name: a_b, metric: n, above: 1}]\n"
        + "  combine: {rule: expression, expression: shown.size() > 1}\n",
        "spec",
        "rename one of the objectives",
    ),
    "a workload that waits for itself": (_SPEC + "  guards: {after: [shop/a]}\n", "spec", "it would never act"),
    "a limit of none": (_SPEC + "  guards: {maxSimultaneous: 0}\n", "spec.guards.maxSimultaneous", "within that range"),
    "a budget of none an hour": (
        _SPEC + "  guards: {fleetMaxRollbacksPerHour: 0}\n",
        "spec.guards.fleetMaxRollbacksPerHour",
        "within that range",
    ),
    "silence that takes back": (_SPEC + "  ladder: {silence: rollback}\n", "spec.ladder.silence", "write hold or notify"),
    "a rung that is none": (_SPEC + "  ladder: {breach: rolback}\n", "spec.ladder.breach", "did you mean rollback?"),
    "a day in full": (
        _SPEC + "  guards: {freezeWindows: [{name: w, days: [monday]}]}\n",
        "spec.guards.freezeWindows[0].days[0]",
        "did you mean mon?",
    ),
    "a time of the afternoon": (
        _SPEC + "  guards: {freezeWindows: [{name: w, fromTime: 5pm}]}\n",
        "spec.guards.freezeWindows[0].fromTime",
        "17:30",
    ),
    "a date the other way round": (
        _SPEC + "  guards: {freezeWindows: [{name: w, fromDate: 24.12.2026}]}\n",
        "spec.guards.freezeWindows[0].fromDate",
        "2026-12-24",
    ),
    "dates in the wrong order": (
        _SPEC + "  guards: {freezeWindows: [{name: w, fromDate: '2027-01-02', untilDate: '2026-12-20'}]}\n",
        "spec.guards.freezeWindows[0]",
        "swap the two",
    ),
    "a window that never is": (
        _SPEC + "  guards: {freezeWindows: [{name: w, fromTime: '09:00', untilTime: '09:00'}]}\n",
        "spec.guards.freezeWindows[0]",
        "leave both out for whole days",
    ),
    "a time zone that is none": (
        _SPEC + "  guards: {freezeWindows: [{name: w, timeZone: Berlin}]}\n",
        "spec.guards.freezeWindows[0]",
        "write a name such as Europe/Berlin",
    ),
    "one name twice": (
        _SPEC + "  objectives: [{name: a, metric: m, above: 1}, {name: a, metric: n, above: 1}]\n",
        "spec",
        "rename one of them",
    ),
    "no bound": (_SPEC + "  objectives: [{name: a, metric: m}]\n", "spec.objectives[0]", "above for a latency"),
    "both bounds": (_SPEC + "  objectives: [{name: a, metric: m, above: 1, below: 2}]\n", "spec.objectives[0]", "keep the bound"),
    "an alias of the registry's own": (
        f"{_HEAD}spec:\n  workload: shop/a\n  target: {{driver: mlflow-alias, model: m, alias: latest}}\n",
        "spec.target.alias",
        "such as champion",
    ),
    "another version": (
        "apiVersion: v1\nkind: RollbackPolicy\nmetadata: {name: p}\n" + _SPEC.split("\n", 3)[3],
        "apiVersion",
        "v1",
    ),
}


def test_there_are_more_than_two_hundred():
    assert len(MADE) + len(WRITTEN) > 200
    assert len({name for name, _, _ in MADE}) == len(MADE)


def test_what_they_are_made_from_is_right():
    verdict = check({"p.yaml": yaml.safe_dump(RIGHT, sort_keys=False)})
    assert [str(finding) for finding in verdict.findings] == []
    assert len(verdict.policies) == 1


@pytest.mark.parametrize(("document", "path"), [pytest.param(*case, id=name) for name, *case in MADE])
def test_one_thing_wrong_is_refused_with_its_place_and_what_to_write(document, path):
    findings = check({"p.yaml": yaml.safe_dump(document, sort_keys=False)}).findings

    assert findings
    assert any(finding.path == path or _says(finding, path) for finding in findings), [str(finding) for finding in findings]
    assert all(finding.mend for finding in findings), [str(finding) for finding in findings]


def _says(finding, path):
    """Whether the complaint stands at what holds the mistake and names it: rules over several fields stand at what holds them."""
    if path.rpartition(".")[0] == finding.path and finding.path.endswith(_FREE_KEYS):
        return True  # the decoder does not say which of a mapping's entries it means
    return path.startswith(finding.path) and path.rpartition(".")[2].partition("[")[0] in f"{finding.problem} {finding.mend}"


@pytest.mark.parametrize("name", WRITTEN)
def test_what_a_person_wrote_wrong_is_refused_with_its_place_and_what_to_write(name):
    text, path, told = WRITTEN[name]
    findings = check({"p.yaml": text}).findings

    assert [finding.path for finding in findings] == [path], [str(finding) for finding in findings]
    assert told in str(findings[0])
    assert findings[0].mend
