"""Presets, selectors and warnings: what files become before they are published."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollguard_console.policy_files.check import check
from rollguard_console.policy_files.merging import merged
from rollguard_console.policy_files.presets_known import Presets
from rollguard_schemas.policies import PolicyRules

HEAD = "apiVersion: rollguard.dev/v1\nkind: RollbackPolicy\nmetadata: {name: p}\n"
TARGET = "  target: {driver: mlflow-alias, model: '{name}', alias: champion}\n"
LIST = """---
apiVersion: rollguard.dev/v1
kind: WorkloadList
workloads:
  - {name: shop/a, labels: {team: fraud, model: m-a}}
  - {name: shop/b, labels: {team: fraud}}
  - {name: ads/c, labels: {team: ads}}
"""


def accepted(*texts):
    verdict = check({f"{number}.yaml": text for number, text in enumerate(texts)})
    assert [str(finding) for finding in verdict.findings] == []
    return {checked.policy.workload: checked.policy.spec for checked in verdict.policies}


def policy(spec, *, name="p"):
    return f"apiVersion: rollguard.dev/v1\nkind: RollbackPolicy\nmetadata: {{name: {name}}}\nspec:\n{TARGET}{spec}"


def warned(spec):
    verdict = check({"p.yaml": policy(f"  workload: shop/a\n{spec}")})
    assert [str(finding) for finding in verdict.findings] == []
    return [str(warning) for warning in verdict.warnings]


@pytest.mark.parametrize("name", Presets().names)
def test_every_preset_that_comes_with_rollguard_is_right_and_without_a_warning(name):
    assert msgspec.convert(Presets().rules(name), PolicyRules).objectives
    assert warned(f"  preset: {name}\n") == []


def test_a_preset_lies_beneath_what_is_written():
    own = "  objectives: [{name: latency, above: 2}, {name: mine, metric: m, below: 1}]\n  guards: {cooldownSeconds: 60}\n"
    spec = accepted(policy(f"  workload: shop/a\n  preset: service\n{own}"))["shop/a"]

    assert [(one.name, one.metric, one.bound) for one in spec.objectives] == [
        ("latency", "request_latency_seconds_p95", 2.0),
        ("errors", "error_ratio", 0.05),
        ("mine", "m", 1.0),
    ]
    assert (spec.guards.cooldown_seconds, spec.guards.max_rollbacks_per_day) == (60.0, 2)
    assert (spec.preset, spec.mode) == ("service", "observe")


def test_the_other_bound_of_a_preset_gives_way_to_the_one_that_is_written():
    spec = accepted(policy("  workload: shop/a\n  preset: service\n  objectives: [{name: errors, below: 0.9}]\n"))["shop/a"]
    assert spec.objectives[1].direction == "below"


def test_a_preset_of_ones_own_extends_another_and_is_known_in_every_file():
    own = "apiVersion: rollguard.dev/v1\nkind: PolicyPreset\nmetadata: {name: ours}\nextends: service\nspec: {mode: act}\n"
    spec = accepted(policy("  workload: shop/a\n  preset: ours\n"), own)["shop/a"]
    assert (spec.mode, len(spec.objectives)) == ("act", 2)


def test_a_preset_of_ones_own_goes_before_one_of_the_same_name():
    own = "apiVersion: rollguard.dev/v1\nkind: PolicyPreset\nmetadata: {name: service}\nspec: {mode: act}\n"
    assert accepted(own, policy("  workload: shop/a\n  preset: service\n"))["shop/a"].objectives == ()


def test_one_policy_is_for_many_workloads_each_with_its_own_target():
    specs = accepted(policy("  selector: {workloads: ['shop/*', other/d]}\n"), LIST)
    assert {name: spec.target.model for name, spec in specs.items()} == {"shop/a": "a", "shop/b": "b", "other/d": "d"}


def test_labels_choose_among_the_listed_and_fill_the_target():
    text = f"{HEAD}spec:\n  target: {{driver: mlflow-alias, model: '{{labels.model}}', alias: champion}}\n"
    specs = accepted(text + "  selector: {matchLabels: {team: fraud, model: m-a}}\n", LIST)
    assert {name: spec.target.model for name, spec in specs.items()} == {"shop/a": "m-a"}


def test_a_name_goes_before_a_label_and_a_label_before_the_default():
    files = (
        policy("  selector: {default: true}\n  mode: observe\n"),
        policy("  selector: {matchLabels: {team: fraud}}\n  mode: recommend\n"),
        policy("  workload: shop/a\n  mode: act\n"),
        LIST,
    )
    for order in (files, files[::-1]):
        assert {name: spec.mode for name, spec in accepted(*order).items()} == {
            "shop/a": "act",
            "shop/b": "recommend",
            "ads/c": "observe",
        }


def test_two_that_mean_a_workload_equally_are_refused():
    verdict = check(
        {
            "p.yaml": policy("  selector: {matchLabels: {team: fraud}}\n"),
            "q.yaml": policy("  selector: {workloads: ['*/a']}\n") + LIST,
        }
    )
    assert [finding.path for finding in verdict.findings] == ["spec.workload"]


JSON = st.recursive(
    st.integers() | st.text(max_size=2),
    lambda children: st.dictionaries(st.sampled_from("abc"), children, max_size=3) | st.lists(children, max_size=2),
    max_leaves=6,
)
MAPPINGS = st.dictionaries(st.sampled_from("abc"), JSON, max_size=3)


@given(MAPPINGS, MAPPINGS)
def test_nothing_that_is_written_is_lost_under_a_preset(base, own):
    assert merged(base, own) == merged(merged(base, own), own)
    assert merged({}, own) == own
    assert merged(base, {}) == base


OBJECTIVE = "  objectives: [{name: a, metric: m, above: 1, intervalSeconds: 60}]\n"
DOUBTFUL = {
    "nothing to see": ("", "spec.objectives: without objectives"),
    "nothing that may act": (OBJECTIVE + "  actOn: {breach: false}\n", "spec.actOn: no evidence may act"),
    "a budget of none": (OBJECTIVE + "  mode: act\n  guards: {maxRollbacksPerDay: 0}\n", "maxRollbacksPerDay: mode is act"),
    "frozen for ever": (OBJECTIVE + "  guards: {freezeWindows: [{name: w}]}\n", "freezes for ever"),
    "a horizon below the interval": (
        OBJECTIVE + "  actOn: {forecast: {horizonSeconds: 60}}\n",
        "a forecast looks 60 s ahead, and the metric comes every 60 s; look ahead 180 s or more",
    ),
    "a half-life below the interval": (
        OBJECTIVE + "  anomalies: {metrics: [{metric: m, halfLifeSeconds: 30}]}\n",
        "halfLifeSeconds: half of what is usual is forgotten in 30 s, and the metric comes every 60 s; write 600 or more",
    ),
    "a recovery that nobody waits for": (OBJECTIVE + "  verify: {withinSeconds: 60}\n", "a recovery takes 180 s to be seen"),
    "a coin that acts": (OBJECTIVE + "  actOn: {forecast: {probability: 0.2}}\n", "more likely wrong than right"),
    "a rung without its evidence": (OBJECTIVE + "  ladder: {forecast: rollback}\n", "add actOn.forecast"),
    "a restart of what has no pods": (
        OBJECTIVE + "  ladder: {breach: restart}\n",
        "spec.ladder.breach: mlflow-alias knows no restart, so every one would fail",
    ),
    "an abort of what is never in flight": (
        OBJECTIVE + "  ladder: {breach: abort}\n",
        "spec.ladder.breach: mlflow-alias has no rollout in flight to abort, so it is always notify",
    ),
    "nobody is asked": (OBJECTIVE + "  approval: {by: [ada]}\n", "in observe nobody is asked"),
    "hours of nothing": (
        OBJECTIVE + "  guards: {recommendOnlyWindows: [{name: w, days: [mon]}]}\n",
        "mode is observe, which never acts by itself",
    ),
    "an objective without weight": (
        OBJECTIVE.replace("}]", "}, {name: b, metric: n, above: 1}]") + "  combine: {rule: weighted, weights: {a: 1}}\n",
        "b has no weight",
    ),
    "more than the cooldown leaves": (OBJECTIVE + "  guards: {cooldownSeconds: 86400}\n", "leaves room for 2 a day; write 2"),
    "more an hour than a day": (OBJECTIVE + "  guards: {maxRollbacksPerHour: 9}\n", "more an hour than a day"),
    "a tenant above the fleet": (
        OBJECTIVE + "  guards: {tenantMaxRollbacksPerHour: 3, fleetMaxRollbacksPerHour: 2}\n",
        "a larger budget than the whole fleet",
    ),
    "a horizon beyond the window": (
        OBJECTIVE + "  actOn: {forecast: {horizonSeconds: 7200}}\n",
        "a rollout is to blame for 3600 s only",
    ),
    "all of one": (OBJECTIVE + "  combine: {rule: all}\n", "leave combine out"),
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_what_contradicts_itself_is_warned_of_with_the_mend(name):
    spec, told = DOUBTFUL[name]
    warnings = warned(spec)

    assert len(warnings) == 1, warnings
    assert told in warnings[0]


def test_a_policy_that_fits_together_is_not_warned_of():
    assert warned(OBJECTIVE) == []


def test_workloads_that_wait_for_one_another_are_warned_of():
    files = {
        name: policy(f"  workload: shop/{name}\n{OBJECTIVE}  guards: {{after: [shop/{other}]}}\n") for name, other in ("ab", "ba")
    }
    warnings = [str(warning) for warning in check(files).warnings]
    assert len(warnings) == 2
    assert "shop/a after shop/b after shop/a" in warnings[0]


def test_warnings_are_notes_unless_one_asks_for_them_strictly(rollguard, tmp_path):
    file = tmp_path / "p.yaml"
    file.write_text(policy("  workload: shop/a\n"))

    loose, strict = rollguard("policy", "check", file), rollguard("policy", "check", file, "--strict")
    assert (loose.exit_code, strict.exit_code) == (0, 3)
    assert "warning: " in loose.stderr
    assert "1 warning" in strict.stderr


def test_every_target_that_a_policy_names_may_hold_the_workloads_own_texts():
    alias = "{driver: mlflow-alias, model: 'm-{name}', alias: champion}"
    route = "{driver: kubernetes-service, namespace: '{namespace}', name: '{name}', label: track}"
    spec = accepted(policy(f"  workload: shop/a\n  fallback: {{target: {route}, primary: p, light: l}}\n  also: [{alias}]\n"))[
        "shop/a"
    ]
    assert (spec.fallback.target.namespace, spec.fallback.target.name, spec.also[0].model) == ("shop", "a", "m-a")


def test_a_text_that_nothing_fills_is_refused_with_the_field_that_holds_it():
    alias = "{driver: mlflow-alias, model: '{labels.model}', alias: champion}"
    verdict = check({"p.yaml": policy(f"  workload: shop/a\n  also: [{alias}]\n")})
    assert "has nothing for {labels.model}" in str(verdict.findings[0])
