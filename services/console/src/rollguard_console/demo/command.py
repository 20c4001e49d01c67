"""
``rollguard demo``.
"""

import contextlib
import os
import shutil
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console as Terminal

from rollguard_console.command import command, family
from rollguard_console.console import Console
from rollguard_console.demo import closing, scenario
from rollguard_console.demo.on_kubernetes import OnKubernetes
from rollguard_console.demo.on_mlflow import OnMlflow
from rollguard_console.demo.play import NothingHappened, Play, as_json
from rollguard_console.demo.stage import Stage, set_up
from rollguard_console.demo.target import DemoTarget
from rollguard_console.demo.view import LiveView, PlainView, SilentView, View
from rollguard_console.exit_codes import Refused
from rollguard_console.local.children import ChildFailed
from rollguard_console.local.interruption import interruptible
from rollguard_console.local.part import CannotBeHad
from rollguard_console.local.services import ServiceName

app = family()
RUNS = Path(".rollguard").absolute()
Targets = Literal["mlflow", "kubernetes"]
Brokers = Literal["embedded", "kafka", "given"]


@command(app, "demo")
async def demo(
    console: Console,
    *,
    broker: Annotated[
        Brokers, typer.Option(help="Embedded starts fastest; kafka needs Java and Maven; given is ROLLGUARD_KAFKA.")
    ] = "embedded",
    target: Annotated[
        Targets, typer.Option(help="An MLflow alias, or a Deployment on a real Kubernetes control plane.")
    ] = "mlflow",
    checkout: Annotated[Path, typer.Option(help="Rollguard's sources, from which the control plane is built.")] = Path(),
    kill: Annotated[ServiceName | None, typer.Option(help="kill -9 this service in the middle, and start it again.")] = None,
    baseline: Annotated[float, typer.Option(help="Seconds to watch the first version.")] = scenario.Acts().baseline_seconds,
    healthy: Annotated[float, typer.Option(help="Least seconds to watch the healthy version.")] = scenario.Acts().healthy_seconds,
    keep: Annotated[bool, typer.Option(help="Keep the run's folder with all logs; a failed run's is always kept.")] = False,
) -> None:
    """Watch a bad rollout being taken back, on this machine."""
    run_dir = RUNS / f"demo-{os.getpid()}"
    acts = scenario.Acts(baseline_seconds=baseline, healthy_seconds=healthy)
    played_on: DemoTarget = OnKubernetes(checkout) if target == "kubernetes" else OnMlflow()
    stage, terminal = Stage(run_dir, played_on), Terminal(highlight=False)
    view = _view(terminal, as_json=console.output.as_json)
    try:
        with interruptible(), contextlib.closing(_Curtain(stage)), view:
            set_up(stage, view, broker)
            report = await Play(stage, view, acts, kill=kill).perform()
    except (CannotBeHad, ChildFailed, NothingHappened) as error:
        raise Refused(f"the demo did not come to its end: {error}") from error
    if console.output.as_json:
        print(as_json(report))
    else:
        terminal.print(closing.page(report))
    if not report.is_success:
        raise typer.Exit(1)
    if not keep:
        shutil.rmtree(run_dir)


class _Curtain:
    """Ends the stage's children; a second Ctrl-C while they end is not lost, the kernel ends them with us."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def close(self) -> None:
        self._stage.stop()


def _view(terminal: Terminal, *, as_json: bool) -> View:
    if as_json:
        return SilentView()
    return LiveView(terminal, bound_seconds=scenario.BOUND_SECONDS) if terminal.is_terminal else PlainView(terminal)
