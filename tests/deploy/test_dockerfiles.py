"""
The Dockerfiles, without an engine: they are linted, and their own uv commands are run on a copy that holds only what they COPY.
"""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from deploy.deployment import DOCKERFILES, ROOT, console_script, locked_version, run, tool

EACH = pytest.mark.parametrize("dockerfile", DOCKERFILES.values(), ids=lambda path: path.parent.name)


def instructions(dockerfile: Path, word: str) -> list[str]:
    return re.findall(rf"^{word} (.*)$", dockerfile.read_text(), re.MULTILINE)


def copied_folders(dockerfile: Path) -> list[str]:
    return [source.split()[0].rstrip("/") for source in instructions(dockerfile, "COPY") if source.split()[0].endswith("/")]


@EACH
def test_a_dockerfile_is_lint_free(dockerfile):
    linted = run(tool("hadolint"), dockerfile)
    assert linted.returncode == 0, linted.stdout


def test_the_linter_catches_a_base_image_without_a_tag(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM python\nUSER 65532\n")
    assert "DL3006" in run(tool("hadolint"), tmp_path / "Dockerfile").stdout


@EACH
def test_an_image_runs_as_nobody_and_starts_the_console_script_without_a_shell(dockerfile):
    assert instructions(dockerfile, "USER") == ["65532:65532"]
    assert json.loads(instructions(dockerfile, "ENTRYPOINT")[-1]) == [console_script(dockerfile)]
    assert isinstance(json.loads(instructions(dockerfile, "CMD")[-1]), list)


@EACH
def test_both_stages_have_the_same_python_so_that_the_environment_runs_where_it_was_not_built(dockerfile):
    # Slim or not is the same Python on the same Debian; only the full image has a compiler, which a build may need.
    stages = [stage.split()[0].replace("-slim", "") for stage in instructions(dockerfile, "FROM")]
    assert len(stages) == 2
    assert len(set(stages)) == 1


@EACH
def test_the_build_installs_the_uv_that_wrote_the_lock(dockerfile):
    (installed,) = re.findall(r"uv==(\S+)", dockerfile.read_text())
    assert installed == run(tool("uv"), "--version").stdout.split()[1]


def test_every_member_with_a_command_has_an_image():
    members = [*ROOT.glob("services/*/pyproject.toml"), *ROOT.glob("examples/*/pyproject.toml")]
    assert {path.parent / "Dockerfile" for path in members if "[project.scripts]" in path.read_text()} == set(DOCKERFILES.values())


def test_the_build_context_lets_through_what_the_dockerfiles_copy_and_nothing_else_of_the_root():
    kept = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {"pyproject.toml", "uv.lock"} | {
        folder.split("/")[0] for file in DOCKERFILES.values() for folder in copied_folders(file)
    }
    assert kept == copied


def uv(command: str, context: Path) -> None:
    """Run a uv command of a Dockerfile in a build context, from uv's cache alone; skip where that lacks a package."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("ROLLGUARD_", "VIRTUAL_ENV", "UV_PROJECT"))}
    built = run(tool("uv"), *command.split()[1:], cwd=context, environment=kept | {"UV_OFFLINE": "1", "UV_PYTHON": sys.executable})
    if "Network connectivity is disabled" in built.stderr:
        (missing,) = re.findall(r"^error: (.*)$", built.stderr, re.MULTILINE)
        pytest.skip(f"uv's cache does not hold this image's packages ({missing}); fill it with `uv sync`")
    assert built.returncode == 0, built.stderr


@EACH
def test_the_uv_commands_of_a_dockerfile_install_a_command_that_runs_without_the_sources(dockerfile, tmp_path):
    for name in ("pyproject.toml", "uv.lock"):
        shutil.copy(ROOT / name, tmp_path)
    others, ours = [command for command in instructions(dockerfile, "RUN") if command.startswith("uv ")]
    uv(others, tmp_path)
    for folder in copied_folders(dockerfile):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.c", "build"))
    uv(ours, tmp_path)
    for folder in copied_folders(dockerfile):
        shutil.rmtree(tmp_path / folder)
    started = run(tmp_path / ".venv/bin" / console_script(dockerfile), "--help", cwd=tmp_path)
    assert started.returncode == 0, started.stderr
    assert "usage" in started.stdout.lower()
    if dockerfile == DOCKERFILES["rollguard/detector"]:
        question = "from rollguard_detector.core import loops; raise SystemExit(0 if loops.are_compiled() else 1)"
        assert run(tmp_path / ".venv/bin/python", "-c", question, cwd=tmp_path).returncode == 0


def test_the_registry_for_trying_is_the_version_that_the_clients_are_locked_to():
    tag = f"ghcr.io/mlflow/mlflow:v{locked_version('mlflow')}"
    for path in ("docker-compose.yml", "k8s/overlays/trial/mlflow.yaml"):
        assert tag in (ROOT / path).read_text(), path
