"""
The import contracts hold, and each of them can fire: a contract that was never seen to fail may be checking nothing.

Every case copies the packages, adds one import that must not be, and expects exactly that contract to break.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MEMBERS = ("schemas", "runtime", "services/detector", "services/decider", "services/actuator", "services/console")

OFFENCES = [
    ("rollguard_detector/shell/offence.py", "import rollguard_decider", "Services meet only on the bus"),
    ("rollguard_runtime/offence.py", "import rollguard_detector", "Services meet only on the bus"),
    ("rollguard_schemas/offence.py", "import socket", "The schemas do no I/O"),
    (
        "rollguard_detector/core/offence.py",
        "import rollguard_detector.shell",
        "The detector's shell calls its core, never the reverse",
    ),
    (
        "rollguard_detector/inputs/offence.py",
        "import rollguard_detector.shell",
        "The detector's shell calls its core, never the reverse",
    ),
    (
        "rollguard_detector/history/offence.py",
        "import rollguard_detector.shell",
        "The detector's shell calls its core, never the reverse",
    ),
    (
        "rollguard_detector/shell/offence.py",
        "import rollguard_detector.inputs",
        "The detector's shell knows no format and no plain tool",
    ),
    (
        "rollguard_detector/shell/offence.py",
        "import httpx",
        "Third-party clients have one home each: httpx in history and asking",
    ),
    (
        "rollguard_decider/core/offence.py",
        "import rollguard_decider.shell",
        "The decider's shell calls its core, never the reverse",
    ),
    (
        "rollguard_actuator/drivers/offence.py",
        "import rollguard_actuator.shell",
        "The actuator's shell calls its core, never the reverse",
    ),
    ("rollguard_decider/core/offence.py", "import time", "A core does no I/O and knows no clock"),
    ("rollguard_actuator/core/offence.py", "import rollguard_runtime", "A core does no I/O and knows no clock"),
    ("rollguard_runtime/offence.py", "import faust", "Third-party clients have one home each: faust in the decider's shell"),
    ("rollguard_console/offence.py", "import aiokafka", "Third-party clients have one home each: aiokafka in the runtime"),
    (
        "rollguard_actuator/shell/offence.py",
        "import mlflow",
        "Third-party clients have one home each: mlflow in the actuator's drivers",
    ),
    (
        "rollguard_actuator/shell/offence.py",
        "import kubernetes",
        "Third-party clients have one home each: kubernetes in the actuator's drivers",
    ),
]


def _lint(sources: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(sources)}
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", ROOT / "pyproject.toml"]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=sources)


@pytest.fixture
def sources(tmp_path):
    left_out = shutil.ignore_patterns("__pycache__", "*.so", "*.c")
    for member in MEMBERS:
        shutil.copytree(ROOT / member / "src", tmp_path, dirs_exist_ok=True, ignore=left_out)
    return tmp_path


def _broken(report: str) -> set[str]:
    return {line.removesuffix(" BROKEN") for line in report.splitlines() if line.endswith(" BROKEN")}


def test_every_contract_is_kept_and_every_contract_is_tried_here(sources):
    linted = _lint(sources)
    kept = {line.removesuffix(" KEPT") for line in linted.stdout.splitlines() if line.endswith(" KEPT")}

    assert (linted.returncode, _broken(linted.stdout)) == (0, set())
    assert kept == {contract for _, _, contract in OFFENCES}


@pytest.mark.parametrize(("place", "offence", "contract"), OFFENCES, ids=[f"{place}: {offence}" for place, offence, _ in OFFENCES])
def test_a_forbidden_import_breaks_its_contract(sources, place, offence, contract):
    (sources / place).write_text(f"{offence}\n")

    linted = _lint(sources)

    assert linted.returncode == 1
    assert contract in _broken(linted.stdout)
