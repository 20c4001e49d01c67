"""
The stage: every real part that the demo needs, started in an order that wastes no waiting, and ended whatever happens.

Services are started before a registry is up, after a cluster, and the topics before the services. All children are ended
together, since ending them one after another would let Ctrl-C take as long as the slowest of them times six.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from urllib.request import urlopen

from rollguard_console.demo import scenario
from rollguard_console.demo.target import DemoTarget
from rollguard_console.demo.view import View
from rollguard_console.local import broker, ports, services
from rollguard_console.local.children import Child, refuse_ended
from rollguard_console.local.part import Broker, BrokerKind
from rollguard_runtime.settings import SharedSettings
from rollguard_runtime.topic_admin import apply_topics

PARTITIONS = 4
_EXAMPLE = (sys.executable, "-m", "rollguard_example_server")


class Stage:
    """The running parts."""

    def __init__(self, run_dir: Path, target: DemoTarget) -> None:
        self.run_dir, self.target = run_dir, target
        self.broker: Broker
        self.services: dict[str, services.Service] = {}
        self.ledger_path = run_dir / "load.jsonl"
        self.serving_port = ports.free_port()
        self._others: list[Child] = []
        self._passing: set[str] = set()

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
        """Start all three; they wait for what they need by themselves."""
        for name in services.SERVICES:
            extra = self.target.actuator_environment() if name == "actuator" else {}
            self.services[name] = services.start(
                name, kafka=self.broker.bootstrap, mlflow_url="", run_dir=self.run_dir, mode="act", extra=extra
            )

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
        self.start_example("load", "load", *load, "--slow-seconds", str(scenario.BOUND_SECONDS))

    def keep(self, child: Child) -> None:
        """Look after a child until the end."""
        self._others.append(child)

    def refuse_dead_children(self) -> None:
        """
        Look after the children.

        Raises:

            ChildFailed: when one ended that should run.
        """
        children = (*(service.child for service in self.services.values()), *self._others)
        refuse_ended(child for child in children if child.name not in self._passing)

    def stop(self) -> None:
        """End every child, all at once, the broker last."""
        children = [*(service.child for service in self.services.values()), *self._others[1:]]
        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(lambda child: child.stop(), children))
        for child in self._others[:1]:
            child.stop()

    def start_example(self, name: str, *words: str, ends_by_itself: bool = False) -> Child:
        """Start a subcommand of the example server; one that ends by itself is not missed when it has."""
        child = Child.start(name, [*_EXAMPLE, *words], run_dir=self.run_dir)
        self._others.append(child)
        if ends_by_itself:
            self._passing.add(name)
        return child


def set_up(stage: Stage, view: View, kind: BrokerKind) -> None:
    """Start what blocks while it starts; the rest follows once the topics are there."""
    view.phase(f"starting the broker ({kind})")
    stage.start_broker(kind)
    view.phase(f"broker: {stage.broker.description}")
    stage.target.set_up(stage, view)
