"""Wrong policy files: each is refused with its line, its path and what to write instead."""

import pytest

from rollguard_console.policy_files.check import check

# what is replaced in the right policy, what stands there instead, and the whole complaint
WRONG = {
    "a number in quotes": (
        "above: 0.25",
        'above: "0.25"',
        "p.yaml:17: spec.objectives[0].above: expected float, got str; write a number such as 0.25",
    ),
    "a unit in the number": (
        "above: 0.25",
        "above: 250ms",
        "p.yaml:17: spec.objectives[0].above: expected float, got str; write a number such as 0.25",
    ),
    "not a number": (
        "above: 0.25",
        "above: .nan",
        "p.yaml:17: spec.objectives[0].above: expected float, got str; write a number such as 0.25",
    ),
    "a number that is none by its tag": (
        "above: 0.25",
        "above: !!float .nan",
        "p.yaml:1: RollbackPolicy holds nan, which JSON cannot carry; send nothing instead",
    ),
    "a misspelt field": ("above: 0.25", "abov: 0.25", "p.yaml:17: spec.objectives[0].abov: no such field; did you mean above?"),
    "a field in snake case": (
        "cooldownSeconds",
        "cooldown_seconds",
        "p.yaml:20: spec.guards.cooldown_seconds: no such field; did you mean cooldownSeconds?",
    ),
    "a misspelt field of a shared type": (
        "alias: champion",
        "alais: champion",
        "p.yaml:10: spec.target.alais: no such field; did you mean alias?",
    ),
    "a foreign field": ("unit: s", "colour: red", "p.yaml:18: spec.objectives[0].colour: no such field; there are "),
    "on for true": (
        "breach: true",
        "breach: on",
        "p.yaml:13: spec.actOn.breach: expected bool, got str; write true or false; on is plain text here",
    ),
    "a word that is none of the choices": (
        "mode: act",
        "mode: acting",
        "p.yaml:11: spec.mode: acting is none of the choices; did you mean act?",
    ),
    "a boolean for a word": (
        "mode: act",
        "mode: true",
        "p.yaml:11: spec.mode: true is none of the choices; write act or observe or recommend",
    ),
    "a number for a name": (
        "name: latency",
        "name: 1.10",
        'p.yaml:15: spec.objectives[0].name: expected str, got float; put it in quotes: "1.10"',
    ),
    "an empty name": (
        "name: latency",
        'name: ""',
        "p.yaml:15: spec.objectives[0].name: expected str of length >= 1; write at least",
    ),
    "another kind": (
        "kind: RollbackPolicy",
        "kind: ConfigMap",
        "p.yaml:2: kind: ConfigMap is none of the choices; write RollbackPolicy or PolicyPreset or WorkloadList",
    ),
    "another version": ("rollguard.dev/v1", "v2", "p.yaml:1: apiVersion: v2 is none of the choices; write rollguard.dev/v1"),
    "no kind": ("kind: RollbackPolicy\n", "", "p.yaml:1: kind is missing; add kind: RollbackPolicy"),
    "no driver": ("driver: mlflow-alias\n    ", "", "p.yaml:8: spec.target: driver is missing; add driver: mlflow-alias"),
    "an unknown driver": (
        "mlflow-alias",
        "mlflow",
        "p.yaml:8: spec.target.driver: mlflow is none of the choices; did you mean mlflow-alias?",
    ),
    "a misspelt driver of another target": (
        "driver: mlflow-alias\n    model: fraud\n    alias: champion",
        "driver: kubernetes-deploymet\n    namespace: shop\n    name: fraud-scorer",
        "p.yaml:8: spec.target.driver: kubernetes-deploymet is none of the choices; did you mean kubernetes-deployment?",
    ),
    "no driver of another target": (
        "driver: mlflow-alias\n    model: fraud\n    alias: champion",
        "namespace: shop\n    name: fraud-scorer",
        "p.yaml:8: spec.target: driver is missing; add driver: kubernetes-deployment",
    ),
    "a workload's name that Kubernetes would refuse": (
        "driver: mlflow-alias\n    model: fraud\n    alias: champion",
        "driver: kubernetes-statefulset\n    namespace: shop\n    name: Fraud_Scorer",
        "p.yaml:10: spec.target.name: 'Fraud_Scorer' is not of the right form; write",
    ),
    "an owner that is none": (
        "driver: mlflow-alias\n    model: fraud\n    alias: champion",
        "driver: kubernetes-daemonset\n    namespace: shop\n    name: fraud-scorer\n    despite: [argocd]",
        "p.yaml:11: spec.target.despite[0]: argocd is none of the choices; did you mean argo-cd?",
    ),
    "no metric": ("metric: p99\n      ", "", "p.yaml:15: spec.objectives[0]: metric is missing; add metric:"),
    "two bounds": (
        "above: 0.25",
        "above: 0.25\n      below: 0.1",
        "p.yaml:15: spec.objectives[0]: an objective needs exactly one of above and below; keep the bound",
    ),
    "no namespace": (
        "shop/fraud-scorer",
        "fraud-scorer",
        "p.yaml:6: spec.workload: 'fraud-scorer' is not of the right form; write namespace/name",
    ),
    "a reserved alias": (
        "champion",
        "latest",
        "p.yaml:10: spec.target.alias: 'latest' is not of the right form; write an alias such as",
    ),
    "a negative time": (
        "600",
        "-1",
        "p.yaml:20: spec.guards.cooldownSeconds: expected float >= 0.0; write a number within that range",
    ),
    "octal": ("600", "0600", "p.yaml:20: spec.guards.cooldownSeconds: expected float, got str; write seconds, such as 600"),
    "minutes and seconds": (
        "600",
        "10:00",
        "p.yaml:20: spec.guards.cooldownSeconds: expected float, got str; write seconds, such as 600",
    ),
    "half a sample": (
        "unit: s",
        "consecutiveSamples: 1.5",
        "p.yaml:18: spec.objectives[0].consecutiveSamples: expected int, got float; write a whole number such as 3",
    ),
    "a list that is none": (
        "    - name: latency\n      metric: p99\n      above: 0.25\n      unit: s",
        "    name: latency",
        "p.yaml:15: spec.objectives: expected array, got object; write a list: each entry on a line of its own, after a dash",
    ),
    "fields that are none": (
        "actOn:\n    breach: true",
        "actOn: breach",
        "p.yaml:12: spec.actOn: expected object, got str; write its fields below it, indented",
    ),
    "nothing where fields belong": (
        "    breach: true\n",
        "",
        "p.yaml:12: spec.actOn: expected object, got null; write its fields below it, indented",
    ),
    "a budget that takes every rollout back": (
        "breach: true",
        "breach: true\n  regression:\n    oneHealthyIn: 1",
        "p.yaml:15: spec.regression.oneHealthyIn: expected float >= 2.0; write a number within that range",
    ),
    "a half-life in minutes": (
        "breach: true",
        "breach: true\n  anomalies:\n    metrics: [{metric: p99, halfLifeSeconds: 10m}]",
        "p.yaml:15: spec.anomalies.metrics[0].halfLifeSeconds: expected float, got str; write seconds, such as 600",
    ),
    "a half-life of nothing": (
        "breach: true",
        "breach: true\n  anomalies:\n    metrics: [{metric: p99, halfLifeSeconds: 0}]",
        "p.yaml:15: spec.anomalies.metrics[0].halfLifeSeconds: expected float >= 1.0; write a number within that range",
    ),
    "a half-life without end": (
        "breach: true",
        "breach: true\n  anomalies:\n    metrics: [{metric: p99, halfLifeSeconds: .inf}]",
        "p.yaml:15: spec.anomalies.metrics[0].halfLifeSeconds: expected float, got str; write seconds, such as 600",
    ),
    "a half-life of centuries": (
        "breach: true",
        "breach: true\n  anomalies:\n    metrics: [{metric: p99, halfLifeSeconds: 1e10}]",
        "p.yaml:15: spec.anomalies.metrics[0].halfLifeSeconds: expected float <= 31536000.0; write a number within that range",
    ),
    "a metric that is compared twice": (
        "breach: true",
        "breach: true\n  regression:\n    metrics: [{metric: p99}, {metric: p99, margin: 0.1}]",
        "p.yaml:15: spec.regression: each metric is compared once; keep one of the two",
    ),
    "a margin below nothing": (
        "breach: true",
        "breach: true\n  regression:\n    metrics: [{metric: p99, margin: -0.1}]",
        "p.yaml:15: spec.regression.metrics[0].margin: expected float >= 0.0; write a number within that range",
    ),
    "a direction that has no harmful side": (
        "breach: true",
        "breach: true\n  regression:\n    metrics: [{metric: p99, direction: both}]",
        "p.yaml:15: spec.regression.metrics[0].direction: both is none of the choices; ",
    ),
    "a window that never ends while the rollout lasts": (
        "breach: true",
        "regression: true\n  regression:\n    windowSeconds: 7200",
        "p.yaml:6: spec: regression.windowSeconds is longer than guards.rolloutWindowSeconds",
    ),
    "a repeated field": ("unit: s", "above: 0.5", "p.yaml:18:7: not YAML: above stands here a second time; keep one of the two"),
    "a tab": (
        "    driver",
        "\tdriver",
        "p.yaml:8:1: not YAML: found character '\\t' that cannot start any token; indent with spaces",
    ),
    "a colon in text": (
        "name: fraud",
        "name: a: b",
        "p.yaml:4:10: not YAML: mapping values are not allowed here; put text with a colon",
    ),
    "an object of the program": (
        "unit: s",
        "unit: !!python/name:os.system",
        "p.yaml:18:13: not YAML: could not determine a constructor",
    ),
    "a tag that does not fit": ("unit: s", "unit: !!int s", "p.yaml:1: not YAML: invalid literal for int()"),
    "a control character": ("name: fraud", "name: \x07", "p.yaml:4: not YAML: special characters are not allowed"),
    "a field name that is a list": ("unit: s", "[1]: s", "p.yaml:18"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_policy_is_told_with_its_line_its_path_and_the_mend(policy_text, case):
    written, instead, complaint = WRONG[case]
    assert written in policy_text

    verdict = check({"p.yaml": policy_text.replace(written, instead, 1)})

    assert not verdict.policies
    assert len(verdict.findings) == 1
    assert str(verdict.findings[0]).startswith(complaint)


def test_a_right_policy_passes(policy_text):
    verdict = check({"p.yaml": policy_text})

    assert not verdict.findings
    assert verdict.policies[0].policy.objective("latency").bound == 0.25


def test_a_number_with_an_exponent_and_no_dot_is_a_number(policy_text):
    verdict = check({"p.yaml": policy_text.replace("0.25", "25e-2")})

    assert verdict.policies[0].policy.objective("latency").bound == 0.25


def test_all_misspelt_fields_are_told_at_once(policy_text):
    verdict = check({"p.yaml": policy_text.replace("unit:", "units:").replace("name: fraud", "nam: fraud")})

    assert [finding.path for finding in verdict.findings] == ["metadata.nam", "spec.objectives[0].units"]


def test_a_mistake_in_the_second_document_is_told_with_its_line_in_the_file(policy_text):
    second = policy_text.replace("shop/fraud-scorer", "shop/other").replace("0.25", "high")

    verdict = check({"p.yaml": f"{policy_text}---\n{second}"})

    assert [(finding.line, finding.path) for finding in verdict.findings] == [(21 + 17, "spec.objectives[0].above")]


def test_a_second_policy_for_one_workload_is_refused_with_the_place_of_the_first(policy_text):
    verdict = check({"a.yaml": policy_text, "b.yaml": policy_text})

    assert str(verdict.findings[0]) == (
        "b.yaml:1: spec.workload: shop/fraud-scorer has a policy already, at a.yaml:1; keep one of the two"
    )


def test_two_objectives_of_one_name_are_refused(policy_text):
    twice = policy_text.replace("  guards:", "    - {name: latency, metric: p50, above: 1}\n  guards:")

    (finding,) = check({"p.yaml": twice}).findings

    assert str(finding) == "p.yaml:6: spec: objectives need different names; rename one of them"


@pytest.mark.parametrize("text", ["", "---\n---\n", "# nothing\n"])
def test_a_file_without_a_policy_is_refused(text):
    (finding,) = check({"p.yaml": text}).findings

    assert finding.problem == "there is no policy in it"


def test_an_anchor_may_be_used_and_its_merge_is_checked_where_it_stands(policy_text):
    merged = policy_text.replace("  guards:", "    - &o {name: a, metric: m, above: 1}\n    - {<<: *o, name: b}\n  guards:")

    verdict = check({"p.yaml": merged})

    assert [each.name for each in verdict.policies[0].policy.spec.objectives] == ["latency", "a", "b"]
