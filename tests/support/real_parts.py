"""
The real parts of one test run: started when a test first asks, shared by all that follow, counted, and ended with the run.

A part that cannot be had skips the tests that need it, with the reason and the mend; one that ``ROLLGUARD_TEST_REQUIRE`` lists
fails them instead, so that a run which must not leave it out cannot do so in silence. ``rollguard_console.local`` is imported
only when a part is asked for, so that the tests of one service also run where nothing but that service is installed.
"""

import os
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.missing import Missing

BROKERS = ("given", "kafka", "embedded")
MLFLOW = "mlflow"
CONTROL_PLANE = "controlplane"
PROMETHEUS = "prometheus"
ALERTMANAGER = "alertmanager"
_RESTRICTION, _REQUIRED = "ROLLGUARD_TEST_BROKERS", "ROLLGUARD_TEST_REQUIRE"
_LABELS = {
    "given": "broker given",
    "kafka": "broker kafka",
    "embedded": "broker embedded",
    MLFLOW: "MLflow",
    PROMETHEUS: "Prometheus",
    ALERTMANAGER: "Alertmanager",
    CONTROL_PLANE: "Kubernetes",
}


def brokers_worth_naming():
    """Return the kinds of broker that tests run on; the given one only where one is given, since its absence is no gap."""
    return [kind for kind in BROKERS if kind != "given" or os.environ.get("ROLLGUARD_KAFKA")]


def prometheus_server():
    """Return what starts it; imported late, as it needs the same package as all parts."""
    from support import prometheus  # noqa: PLC0415  # absent where one service is tested alone

    return prometheus


def alertmanager_server():
    """Return what starts it; as above."""
    from support import alertmanager  # noqa: PLC0415  # as above

    return alertmanager


class RealParts:
    """Starts, remembers, counts and ends."""

    def __init__(self):
        self._stack = ExitStack()
        self._running = {}
        self._missing = {}
        self._shown = {}
        self._tests = defaultdict(set)

    def broker(self, kind, run_dir: Path):
        """Return the broker of a kind, or skip with the reason."""
        return self._get(kind, _local(lambda broker, _: broker.start(run_dir / kind, kind=kind)))

    def best_broker(self, run_dir: Path):
        """Return the most trusted broker that can be had, or skip with every reason."""
        for kind in brokers_worth_naming():
            try:
                return self.broker(kind, run_dir)
            except pytest.skip.Exception:
                continue
        pytest.skip("; ".join(f"{kind}: {self._missing[kind]}" for kind in brokers_worth_naming()))

    def mlflow(self, run_dir: Path):
        """Return the tracking server, or skip with the reason."""
        return self._get(MLFLOW, _local(lambda _, mlflow_server: mlflow_server.start(run_dir / MLFLOW)))

    def control_plane(self, start):
        """Return what ``start`` makes, or skip with the reason."""
        return self._get(CONTROL_PLANE, start)

    def prometheus(self, run_dir: Path, open_metrics: str):
        """Return a Prometheus server that holds these samples, or skip with the reason; one run has one."""
        return self._get(PROMETHEUS, _local(lambda *_: prometheus_server().start(run_dir / PROMETHEUS, open_metrics)))

    def alertmanager(self, run_dir: Path):
        """Return an Alertmanager, or skip with the reason."""
        return self._get(ALERTMANAGER, _local(lambda *_: alertmanager_server().start(run_dir / ALERTMANAGER)))

    def used_by(self, part, test_id: str) -> None:
        """Count a test for a part; anything that is no part of ours is passed over."""
        for name, running in self._running.items():
            if running is part:
                self._tests[name].add(test_id)

    def stop(self) -> None:
        """End everything that was started."""
        self._stack.close()

    def table(self):
        """Return one row a part: its name, what it was or why it was not, and how many tests used it."""
        rows = []
        for name in (*brokers_worth_naming(), MLFLOW, PROMETHEUS, ALERTMANAGER, CONTROL_PLANE):
            shown = self._shown.get(name) or self._missing.get(name)
            what = shown or "no test of this run asked for it"
            rows.append((_LABELS[name], str(len(self._tests[name])), what))
        return rows

    def account(self):
        """Return what was used, as plain data for another process of the run."""
        return {"shown": self._shown, "missing": self._missing, "tests": {name: sorted(ids) for name, ids in self._tests.items()}}

    def add(self, account) -> None:
        """Take in what another process used; one that died has no account."""
        if account is None:
            return
        self._shown.update(account["shown"])
        self._missing.update(account["missing"])
        for name, ids in account["tests"].items():
            self._tests[name].update(ids)

    def _get(self, name, start):
        if name not in self._running and name not in self._missing:
            self._try(name, start)
        if name in self._missing:
            is_required = name in os.environ.get(_REQUIRED, "").split(",")
            (pytest.fail if is_required else pytest.skip)(f"{_LABELS[name]}: {self._missing[name]}")
        return self._running[name]

    def _try(self, name, start) -> None:
        allowed = os.environ.get(_RESTRICTION)
        if allowed and name in BROKERS and name not in allowed.split(","):
            self._missing[name] = f"{_RESTRICTION}={allowed} leaves it out"
            return
        began = time.monotonic()
        try:
            running = self._stack.enter_context(start())
        except ImportError as error:
            self._missing[name] = f"{error}; `make test` installs it"
            return
        except Missing as error:
            self._missing[name] = str(error).removeprefix(f"{name}: ")
            return
        self._running[name] = running
        self._shown[name] = f"{running.description}, up in {time.monotonic() - began:.1f} s"


def _local(start):
    """Start a part that the console knows how to start."""

    def begin():
        from rollguard_console.local import broker, mlflow_server, part  # noqa: PLC0415  # absent where one service is tested alone

        try:
            return start(broker, mlflow_server)
        except part.CannotBeHad as error:
            raise Missing(str(error)) from error

    return begin
