"""
How an operator says that telemetry is to be read: the topics, and the file of rules.
"""

from typing import get_args

import pytest

from rollguard_detector.core.identity import Identities
from rollguard_detector.core.identity_rules import DEFAULT_RULES
from rollguard_detector.core.missing import MissingNumbers
from rollguard_detector.inputs.reading_rules import ReadingRules, formats_of_topics, read_rules
from rollguard_detector.settings import Format
from rollguard_runtime.errors import SettingsRefused

RIGHT = """
identity:
  - name: [app]
    namespace: [team]
    revision: [image_tag]
kinds: {"nv_*_bytes": gauge}
missing: {"error_ratio": zero, "*_p95": last}
"""


@pytest.fixture
def written(tmp_path):
    def write(text):
        (tmp_path / "inputs.yaml").write_text(text)
        return str(tmp_path / "inputs.yaml")

    return write


def test_without_a_file_everything_is_as_it_is_by_default():
    assert read_rules("") == ReadingRules()
    assert ReadingRules().identity_rules == DEFAULT_RULES


def test_the_files_rules_are_tried_before_the_defaults(written):
    rules = read_rules(written(RIGHT))
    identities = Identities(rules.identity_rules)
    assert identities.of_labels({"team": "shop", "app": "ranker", "image_tag": "3", "job": "x"}).revision == "3"
    assert identities.of_labels({"namespace": "shop", "job": "x"}).workload == "shop/x"
    assert rules.kinds == {"nv_*_bytes": "gauge"}


def test_the_defaults_may_be_left_out(written):
    rules = read_rules(written(RIGHT + "keep_default_identity: false\n"))
    assert Identities(rules.identity_rules).of_labels({"namespace": "shop", "job": "x"}).workload is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("identity:\n  - nam: [app]\n", "inputs.yaml:2: Object contains unknown field"),
        ("identity:\n  - name: [app]\n    pattern: '('\n", "inputs.yaml:2: `pattern` is no regular expression"),
        ("missing:\n  a: nothing\n", "inputs.yaml:2: Invalid enum value 'nothing'"),
        ("kinds: [", "inputs.yaml:1: not YAML"),
        ("a: 1\n---\nb: 2\n", "there are 2 documents"),
    ],
)
def test_a_mistake_in_the_file_stops_the_start_and_is_named(written, text, words):
    with pytest.raises(SettingsRefused, match=r"inputs\.yaml") as refused:
        read_rules(written(text))
    assert words in str(refused.value)


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(SettingsRefused, match="No such file"):
        read_rules("/nowhere/inputs.yaml")


def test_topics_are_listed_with_their_formats():
    assert formats_of_topics("") == {}
    assert formats_of_topics(" otlp_metrics = otlp-protobuf,metrics=prometheus-json, ") == {
        "otlp_metrics": "otlp-protobuf",
        "metrics": "prometheus-json",
    }


@pytest.mark.parametrize("text", ["metrics", "metrics=", "=otlp-json", "metrics=otlp"])
def test_a_topic_without_a_format_that_there_is_stops_the_start(text):
    with pytest.raises(SettingsRefused, match="write topic=format") as refused:
        formats_of_topics(text)
    assert all(name in str(refused.value) for name in get_args(Format))


def test_a_missing_number_is_a_gap_unless_a_pattern_says_otherwise():
    table = MissingNumbers({"error_ratio": "zero", "*_ratio": "last"})
    assert [table.of(name) for name in ("error_ratio", "hit_ratio", "latency")] == ["zero", "last", "gap"]
    assert MissingNumbers().of("error_ratio") == "gap"
