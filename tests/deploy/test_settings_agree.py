"""
Compose and manifests against the code: every name is a setting, every value loads, every command and port exists.

The services refuse a name that they do not know. Without this suite a renamed setting would show only as a pod that does not start.
"""

from functools import cache
from pathlib import Path

import pytest

from deploy.deployment import ALERTS, DOCKERFILES, OVERLAYS, SERVICES, compose, console_script, containers, run, settings_type, tool
from rollguard_example_server.settings import PREFIX as EXAMPLE_PREFIX
from rollguard_example_server.settings import SETTINGS as EXAMPLE_SETTINGS
from rollguard_runtime.errors import SettingsRefused
from rollguard_runtime.settings import PREFIX, environment_names, load

EXAMPLE = "example-server"
BYTES_A_SERIES = 20_000  # as the description of the detector's max_series says
EACH_OVERLAY = pytest.mark.parametrize("overlay", OVERLAYS)
EACH_SERVICE = pytest.mark.parametrize("service", SERVICES)


def loaded(service: str, environment: dict[str, str], folder: Path):
    """Load settings as the service would, with its secret files in a folder of the test."""
    if service == EXAMPLE:
        return parsed_example(environment)
    (folder / "secret").write_text("not-a-secret")
    given = {name: str(folder / "secret") if name.endswith("PASSWORD_FILE") else text for name, text in environment.items()}
    return load(settings_type(service), service, given)


def parsed_example(environment: dict[str, str]) -> dict[str, object]:
    """Read the example's settings; it passes over unknown names, so they are refused here."""
    given = {example_name(name): text for name, text in environment.items() if name.startswith(EXAMPLE_PREFIX)}
    return {name: EXAMPLE_SETTINGS[name].read(text) for name, text in given.items()}


def example_name(variable: str) -> str:
    return variable.removeprefix(EXAMPLE_PREFIX).lower().replace("_", "-")


def service_of(image: str) -> str:
    return image.rpartition(":")[0].removeprefix("rollguard/")


def composed(name: str) -> dict[str, str]:
    """Return a compose service's environment with the defaults of its variables filled in."""
    given = compose()["services"][name].get("environment", {})
    return {key: text.partition(":-")[2].rstrip("}") if text.startswith("${") else text for key, text in given.items()}


OURS = [name for name, service in compose()["services"].items() if service["image"].startswith("rollguard/")]


@pytest.mark.parametrize("name", OURS)
def test_the_environment_of_a_compose_service_loads(name, tmp_path):
    service = service_of(compose()["services"][name]["image"])
    loaded(service, composed(name), tmp_path)


@EACH_OVERLAY
def test_the_environment_of_every_pod_of_ours_loads(overlay, tmp_path):
    ours = [container for container in containers(overlay) if container.spec["image"].startswith("rollguard/")]
    assert len(ours) > len(SERVICES)
    for container in ours:
        loaded(service_of(container.spec["image"]), container.environment, tmp_path)


def test_a_misspelt_setting_is_refused(tmp_path):
    with pytest.raises(SettingsRefused, match="did you mean ROLLGUARD_ACTUATOR_MODE"):
        loaded("actuator", {**composed("actuator"), "ROLLGUARD_ACTUATOR_MOOD": "act"}, tmp_path)


@EACH_OVERLAY
def test_every_name_is_a_setting_of_some_service_since_a_service_passes_over_the_names_of_others(overlay):
    known = {name for service in (*SERVICES, ALERTS, "console") for name in environment_names(settings_type(service), service)}
    known |= {EXAMPLE_PREFIX + name.upper().replace("-", "_") for name in EXAMPLE_SETTINGS}
    given = {name.removesuffix("_FILE") for container in containers(overlay) for name in container.environment}
    given |= {name for service in OURS for name in composed(service)}
    assert {name for name in given if name.startswith(PREFIX)} - known == set()


@EACH_SERVICE
def test_a_service_listens_where_its_port_is_published_in_compose(service, tmp_path):
    settings = loaded(service, composed(service), tmp_path)
    assert settings.http_host == "0.0.0.0"  # noqa: S104  # within the container
    assert compose()["services"][service]["ports"] == [f"127.0.0.1:{settings.http_port}:{settings.http_port}"]
    assert f":{settings.http_port}/readyz" in compose()["services"][service]["healthcheck"]["test"][-1]


@EACH_SERVICE
def test_a_service_listens_where_its_pod_is_probed_and_is_called_as_its_pod(service, tmp_path):
    (container,) = [c for c in containers("base") if c.workload == f"rollguard-{service}"]
    settings = loaded(service, container.environment, tmp_path)
    assert settings.http_host == "0.0.0.0"  # noqa: S104  # within the pod
    assert container.spec["ports"] == [{"name": "status", "containerPort": settings.http_port}]
    assert settings.instance_id == "a-pod-0"


def test_the_detector_may_learn_no_more_series_than_its_memory_holds(tmp_path):
    (container,) = [c for c in containers("base") if c.workload == "rollguard-detector"]
    in_compose = compose()["services"]["detector"]["mem_limit"]
    for environment, limit in (
        (container.environment, container.spec["resources"]["limits"]["memory"]),
        (composed("detector"), in_compose),
    ):
        series = loaded("detector", environment, tmp_path).max_series
        assert series * BYTES_A_SERIES * 1.5 <= int(limit.rstrip("Gig")) * 2**30


def test_the_changelog_has_as_many_copies_as_the_topics(tmp_path):
    by_workload = {container.workload: container for container in containers("overlays/external-kafka")}
    settings = loaded("decider", by_workload["rollguard-decider"].environment, tmp_path)
    assert f"--replication={settings.changelog_replication}" in by_workload["rollguard-topics"].spec["args"]


@EACH_OVERLAY
def test_every_pod_of_ours_starts_the_command_of_its_image(overlay):
    for container in containers(overlay):
        image = container.spec["image"].rpartition(":")[0]
        if image in DOCKERFILES:
            assert "command" not in container.spec, container.workload
            assert_command_exists(image, container.spec["args"])


@pytest.mark.parametrize("name", OURS)
def test_a_compose_service_of_ours_starts_the_command_of_its_image(name):
    service = compose()["services"][name]
    assert "entrypoint" not in service
    if "command" in service:
        assert_command_exists(service["image"].rpartition(":")[0], service["command"])


def assert_command_exists(image: str, arguments: list[str]) -> None:
    asked = help_of(console_script(DOCKERFILES[image]), tuple(arguments))
    assert asked.returncode == 0, asked.stderr
    assert "usage" in asked.stdout.lower()


@cache
def help_of(command: str, arguments: tuple[str, ...]):
    """Ask for the help of a command line, which is answered only if its words and options exist."""
    return run(tool(command), *arguments, "--help")


def test_a_command_that_does_not_exist_is_noticed():
    assert help_of("rollguard-example-server", ("sreve",)).returncode != 0
