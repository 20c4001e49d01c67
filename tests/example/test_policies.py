"""The policies beside the example are documents that rollguard accepts, and the demo's is the one that the demo plays."""

from pathlib import Path

import msgspec
import pytest
import yaml

from rollguard_console.demo import scenario
from rollguard_example_server.settings import SETTINGS
from rollguard_schemas.codec import decode, encode
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.topics import POLICIES

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "policies"
PATHS = sorted(FOLDER.glob("*.yaml"))


def read(path):
    return msgspec.convert(yaml.safe_load(path.read_text()), RollbackPolicy)


def test_there_are_policies():
    assert [path.stem for path in PATHS] == ["accuracy-below-0.85", "scorer-deployment", "slow-burns", "tumour-classifier"]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_policy_is_accepted_and_survives_the_topic(path):
    policy = read(path)
    assert policy.metadata.name == path.stem
    record = encode(POLICIES, policy, source="/rollguard/test")
    assert decode(POLICIES, record.value, record.headers).event == policy


def test_no_two_policies_are_for_one_workload_since_the_second_would_replace_the_first():
    workloads = [read(path).workload for path in PATHS]
    assert len(set(workloads)) == len(workloads)


def test_the_demos_policy_is_the_one_that_the_demo_plays():
    policy = read(FOLDER / "tumour-classifier.yaml")
    assert policy == scenario.policy(policy.spec.target)


def test_the_demos_policy_is_about_what_the_server_serves_by_default():
    spec = read(FOLDER / "tumour-classifier.yaml").spec
    assert spec.workload == SETTINGS["workload"].default
    assert (spec.target.model, spec.target.alias) == (SETTINGS["model"].default, SETTINGS["alias"].default)
