"""
The stage: every real part that the demo needs, started in an order that wastes no waiting, and ended whatever happens.

Services are started before the registry is up and the topics before the services. All children are ended together, since ending
them one after another would let Ctrl-C take as long as the slowest of them times six.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from urllib.request import Request, urlopen

from rollguard_console.demo import scenario
from rollguard_console.demo.view import View
from rollguard_console.local import broker, mlflow_server, ports, services
from rollguard_console.local.children import Child, refuse_ended
from rollguard_console.local.part import Broker, BrokerKind
from rollguard_runtime.settings import SharedSettings
from rollguard_runtime.topic_admin import apply_topics

PARTITIONS = 4
_EXAMPLE = (sys.executable, "-m", "rollguard_example_server")


class Stage:
    """The running parts."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self.broker: Broker
        self.services: dict[str, services.Service] = {}
        self.ledger_path = run_dir / "load.jsonl"
        self.mlflow_url = f"http://{ports.LOOPBACK}:{ports.free_port()}"
        self.serving_port = ports.free_port()
        self._others: list[Child] = []

    def start_broker(self, kind: BrokerKind) -> None:
        """Start the broker and return once it answers."""
        self.broker = broker.start(self.run_dir, kind=kind)
        if self.broker.child is not None:
            self._others.append(self.broker.child)

    async def apply_topics(self) -> None:
        """Create every topic before any service listens."""
        await apply_topics(self.settings, partitions=PARTITIONS, replication=1)

    @property
    def settings(self) -> SharedSettings:
        """How to reach the broker."""
        return SharedSettings(kafka=self.broker.bootstrap)

    def start_services(self) -> None:
        """Start all three; they wait for the registry by themselves."""
        for name in services.SERVICES:
            self.services[name] = services.start(
                name, kafka=self.broker.bootstrap, mlflow_url=self.mlflow_url, run_dir=self.run_dir, mode="act"
            )

    def start_registry(self) -> None:
        """Start MLflow and return once it has written once."""
        server = mlflow_server.start(self.run_dir, port=int(self.mlflow_url.rpartition(":")[2]))
        if server.child is not None:
            self._others.append(server.child)

    def start_training(self) -> Child:
        """Train, log and register all versions, and promote the first."""
        faults = [word for fault in scenario.FAULTS for word in ("--fault", fault)]
        return self._start_example("training", "register", *self._registry_options(), *faults, "--promote")

    def start_serving(self) -> None:
        """Serve what the alias names."""
        serving = ("--workload", scenario.WORKLOAD, "--kafka", self.broker.bootstrap, "--port", str(self.serving_port))
        self._start_example("model-server", "serve", *self._registry_options(), *serving)

    def is_serving(self) -> bool:
        """Ask the model server whether it has a model."""
        try:
            with urlopen(f"http://{ports.LOOPBACK}:{self.serving_port}/healthz", timeout=2) as answer:
                return bool(answer.status == HTTPStatus.OK)
        except OSError:
            return False

    def start_load(self) -> None:
        """Send labelled requests; before the server answers they would count as hurt, and nobody was."""
        load = ("--url", f"http://{ports.LOOPBACK}:{self.serving_port}", "--report", str(self.ledger_path))
        self._start_example("load", "load", *load, "--slow-seconds", str(scenario.BOUND_SECONDS))

    def promote(self, revision: str) -> None:
        """Move the alias, as a person or a pipeline would, through the registry's own API."""
        body = json.dumps({"name": scenario.MODEL, "alias": scenario.ALIAS, "version": revision}).encode()
        url = f"{self.mlflow_url}/api/2.0/mlflow/registered-models/alias"
        request = Request(url, data=body, headers={"Content-Type": "application/json"}, method="POST")  # noqa: S310  # loopback
        with urlopen(request, timeout=30):  # noqa: S310  # as above
            return

    def refuse_dead_children(self) -> None:
        """
        Look after the children.

        Raises:

            ChildFailed: when one ended that should run.
        """
        children = (*(service.child for service in self.services.values()), *self._others)
        refuse_ended(child for child in children if child.name != "training")

    def stop(self) -> None:
        """End every child, all at once, the broker last."""
        children = [*(service.child for service in self.services.values()), *self._others[1:]]
        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(lambda child: child.stop(), children))
        for child in self._others[:1]:
            child.stop()

    def _registry_options(self) -> tuple[str, ...]:
        return ("--tracking-uri", self.mlflow_url, "--model", scenario.MODEL, "--alias", scenario.ALIAS)

    def _start_example(self, name: str, *words: str) -> Child:
        child = Child.start(name, [*_EXAMPLE, *words], run_dir=self.run_dir)
        self._others.append(child)
        return child


def set_up(stage: Stage, view: View, kind: BrokerKind) -> None:
    """Start what blocks while it starts; the rest follows once the topics are there."""
    view.phase(f"starting the broker ({kind})")
    stage.start_broker(kind)
    view.phase(f"broker: {stage.broker.description}")
