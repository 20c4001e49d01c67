"""
The demo on an MLflow registry: a version is rolled out by moving an alias, and the model server follows it.
"""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

from rollguard_console.demo import scenario
from rollguard_console.demo.target import Step, is_done
from rollguard_console.demo.view import View
from rollguard_console.local import mlflow_server, ports
from rollguard_schemas.targets import MlflowAlias

if TYPE_CHECKING:
    from rollguard_console.demo.stage import Stage


class OnMlflow:
    """An alias of a registered model."""

    description = "MLflow"
    policy_target = MlflowAlias(model=scenario.MODEL, alias=scenario.ALIAS)

    def __init__(self) -> None:
        self._url = f"http://{ports.LOOPBACK}:{ports.free_port()}"

    def actuator_environment(self) -> Mapping[str, str]:
        """Name the registry, which the actuator waits for by itself."""
        return {"ROLLGUARD_ACTUATOR_MLFLOW_URL": self._url}

    def set_up(self, stage: "Stage", view: View) -> None:
        """Start nothing yet: the services need not wait for the registry."""

    def steps(self, stage: "Stage") -> Iterator[Step]:
        """Start the registry, train and register every version, and serve the first."""
        server = mlflow_server.start(stage.run_dir, port=int(self._url.rpartition(":")[2]))
        self.description = server.description
        if server.child is not None:
            stage.keep(server.child)
        faults = [word for fault in scenario.FAULTS for word in ("--fault", fault)]
        training = stage.start_example("training", "register", *self._options(), *faults, "--promote", ends_by_itself=True)
        yield Step("training the model and registering three versions", lambda: is_done(training), "the model was not registered")
        serving = ("--workload", scenario.WORKLOAD, "--kafka", stage.broker.bootstrap, "--port", str(stage.serving_port))
        stage.start_example("model-server", "serve", *self._options(), *serving)
        yield Step("starting the model server", stage.is_serving, "the model server did not start")

    def first_revision(self) -> str:
        """Return the version that was promoted at its registration."""
        return scenario.VERSIONS[0]

    def promote(self, version: str) -> str:
        """Move the alias, as a person or a pipeline would, through the registry's own API."""
        body = json.dumps({"name": scenario.MODEL, "alias": scenario.ALIAS, "version": version}).encode()
        url = f"{self._url}/api/2.0/mlflow/registered-models/alias"
        request = Request(url, data=body, headers={"Content-Type": "application/json"}, method="POST")  # noqa: S310  # loopback
        with urlopen(request, timeout=30):  # noqa: S310  # as above
            return version

    def _options(self) -> tuple[str, ...]:
        return ("--tracking-uri", self._url, "--model", scenario.MODEL, "--alias", scenario.ALIAS)
