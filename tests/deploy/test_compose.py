"""
The compose file: valid by the specification, closed to other machines, hardened, and started in an order that works.
"""

import importlib.util
import json
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from deploy.deployment import COMPOSE_FILE, DOCKERFILES, ROOT, compose

SERVICES = compose()["services"]
EACH = pytest.mark.parametrize("name", SERVICES)


@pytest.fixture(scope="module")
def specification():
    """The compose specification, as check-jsonschema carries it; its own command needs a newer click than faust allows."""
    (package,) = importlib.util.find_spec("check_jsonschema").submodule_search_locations
    schema = json.loads((Path(package) / "builtin_schemas/vendor/compose-spec.json").read_text())
    return jsonschema_rs.validator_for(schema)


def mistakes(specification, document):
    return [f"{list(error.instance_path)}: {error.message}" for error in specification.iter_errors(document)]


def test_the_compose_file_is_valid(specification):
    assert mistakes(specification, compose()) == []


def test_a_wrong_key_in_a_compose_file_is_caught(specification):
    broken = yaml.safe_load(COMPOSE_FILE.read_text())
    broken["services"]["kafka"]["portz"] = ["9092:9092"]
    (mistake,) = mistakes(specification, broken)
    assert "portz" in mistake


@EACH
def test_a_service_publishes_its_ports_on_this_machine_only(name):
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", ()))


def test_no_two_services_publish_the_same_port():
    published = [port.rsplit(":", 1)[0] for service in SERVICES.values() for port in service.get("ports", ())]
    assert len(published) == len(set(published))


@EACH
def test_a_service_can_neither_write_its_image_nor_gain_rights(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert service["mem_limit"]


@EACH
def test_a_service_writes_to_named_volumes_only(name):
    assert {volume.split(":")[0] for volume in SERVICES[name].get("volumes", ())} <= set(compose()["volumes"])


@EACH
def test_a_service_waits_for_what_can_tell_that_it_is_there(name):
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        if how["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[needed], f"{name} waits for {needed}, which has no health check"
        else:
            assert how["condition"] == "service_completed_successfully"
            assert SERVICES[needed]["restart"] == "no", f"{name} waits for the end of {needed}, which is started again"


@EACH
def test_a_service_shares_a_network_with_all_that_it_waits_for(name):
    for needed in SERVICES[name].get("depends_on", ()):
        if SERVICES[needed]["image"].startswith("rollguard/"):
            continue  # a job of ours is waited for, not talked to
        assert set(SERVICES[name]["networks"]) & set(SERVICES[needed]["networks"]), f"{name} cannot reach {needed}"


@EACH
def test_an_image_of_ours_is_built_from_its_dockerfile_and_others_are_pinned(name):
    service = SERVICES[name]
    repository, _, tag = service["image"].rpartition(":")
    assert repository
    assert tag != "latest"
    if "build" in service:
        assert ROOT / service["build"]["dockerfile"] == DOCKERFILES[repository]
        assert service["build"]["context"] == "."


@EACH
def test_a_service_holds_no_secret(name):
    names = SERVICES[name].get("environment", {})
    assert not [key for key in names if any(word in key for word in ("PASSWORD", "SECRET", "TOKEN"))]
