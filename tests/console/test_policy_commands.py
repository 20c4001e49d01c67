"""``rollguard policy``: what is published, and what is not."""

import pytest
import yaml

from rollguard_schemas.topics import POLICIES


@pytest.fixture
def good(tmp_path, policy_text):
    file = tmp_path / "good.yaml"
    file.write_text(policy_text)
    return file


@pytest.fixture
def wrong(tmp_path, policy_text):
    file = tmp_path / "wrong.yaml"
    file.write_text(policy_text.replace("shop/fraud-scorer", "shop/other").replace("0.25", "lots"))
    return file


def test_check_tells_the_mistake_on_standard_error_and_ends_with_3(rollguard, wrong):
    result = rollguard("policy", "check", wrong)

    assert result.exit_code == 3
    assert f"{wrong}:17: spec.objectives[0].above: expected float, got str; write a number such as 0.25" in result.stderr
    assert result.stdout == ""


def test_check_needs_no_broker(rollguard, good):
    assert rollguard("policy", "check", good).exit_code == 0
    assert rollguard.addresses == []


def test_check_reads_standard_input(rollguard, policy_text):
    result = rollguard("policy", "check", "-", text=policy_text.replace("act\n", "acts\n"))

    assert "standard input:11: spec.mode" in result.stderr


def test_nothing_is_published_if_one_of_several_files_is_wrong(rollguard, good, wrong):
    result = rollguard("policy", "apply", "-f", good, "-f", wrong)

    assert result.exit_code == 3
    assert rollguard.heard(POLICIES) == []


def test_an_applied_policy_is_in_force_and_can_be_got_back_and_applied_again(rollguard, good):
    assert rollguard("policy", "apply", "-f", good).exit_code == 0

    got = rollguard("policy", "get", "shop/fraud-scorer")

    assert next(iter(yaml.safe_load(got.stdout))) == "apiVersion"
    good.write_text(got.stdout)
    assert rollguard.document("policy", "apply", "-f", good)["changes"][0]["status"] == "unchanged"


def test_an_unchanged_policy_is_not_published_again(rollguard, good):
    rollguard("policy", "apply", "-f", good)
    rollguard("policy", "apply", "-f", good)

    assert len(rollguard.heard(POLICIES)) == 1


def test_a_dry_run_tells_what_would_change_and_publishes_nothing(rollguard, good, policy_text):
    rollguard("policy", "apply", "-f", good)
    good.write_text(policy_text.replace("0.25", "0.5"))

    document = rollguard.document("policy", "apply", "-f", good, "--dry-run")

    assert (document["dry_run"], document["changes"][0]["status"]) == (True, "changed")
    assert [policy.objective("latency").bound for policy in rollguard.heard(POLICIES)] == [0.25]


def test_a_wrong_policy_leaves_the_old_one_in_force(rollguard, good, policy_text):
    rollguard("policy", "apply", "-f", good)
    good.write_text(policy_text.replace("0.25", "lots"))

    assert rollguard("policy", "apply", "-f", good).exit_code == 3
    assert rollguard.document("policy", "list")["policies"][0]["spec"]["objectives"][0]["above"] == 0.25


def test_deleting_writes_a_tombstone_and_the_workload_has_no_policy_any_more(rollguard, good):
    rollguard("policy", "apply", "-f", good)

    assert rollguard("policy", "delete", "shop/fraud-scorer").exit_code == 0

    assert rollguard.bus.records(POLICIES.name)[-1].value is None
    assert rollguard.document("policy", "list") == {"policies": [], "unreadable": 0}


@pytest.mark.parametrize("deed", ["get", "delete"])
def test_a_workload_without_a_policy_is_said_to_have_none(rollguard, good, deed):
    rollguard("policy", "apply", "-f", good)

    result = rollguard("policy", deed, "shop/unknown")

    assert result.exit_code == 1
    assert "workloads that have one: shop/fraud-scorer" in result.stderr


def test_a_policy_on_the_topic_that_cannot_be_read_hides_no_other(rollguard, good):
    rollguard("policy", "apply", "-f", good)
    rollguard.put(POLICIES.name, b"{", key=b"shop/other")

    document = rollguard.document("policy", "list")

    assert (len(document["policies"]), document["unreadable"]) == (1, 1)


def test_a_file_that_is_not_there_is_wrong_usage(rollguard, tmp_path):
    assert rollguard("policy", "check", tmp_path / "none.yaml").exit_code == 2


def test_a_file_that_is_no_text_is_refused(rollguard, tmp_path):
    file = tmp_path / "binary.yaml"
    file.write_bytes(b"\xff\xfe\x00")

    assert rollguard("policy", "check", file).exit_code == 3
