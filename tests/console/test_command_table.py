"""The table of commands: quick to show, true to the commands, and the same manners for all of them."""

import subprocess
import sys

import pytest
from typer.core import TyperGroup

from rollguard_console.app import ENTRIES, load
from rollguard_console.exit_codes import MEANINGS

HEAVY = ("aiokafka", "rich", "yaml", "prometheus_client", "msgspec", "asyncio")
FAMILIES = [name for name, entry in ENTRIES.items() if entry.is_family]


def _leaves():
    for name in ENTRIES:
        command = load(name)
        if isinstance(command, TyperGroup):
            yield from ((f"{name} {child}", leaf) for child, leaf in command.commands.items())
        else:
            yield name, command


def test_showing_the_help_imports_nothing_heavy():
    program = (
        "import sys\nfrom rollguard_console.app import app\ntry:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert "kill-switch" in done.stdout
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("name", ENTRIES)
def test_the_table_says_of_a_command_what_the_command_says_of_itself(name):
    command = load(name)

    assert command.name == name
    assert command.help.splitlines()[0] == ENTRIES[name].help


def test_every_command_has_json_and_kafka_options():
    for name, command in _leaves():
        options = {option for parameter in command.params for option in parameter.opts}
        assert {"--json", "--kafka"} <= options, name


def test_every_command_has_a_help_text_and_the_exit_codes():
    for name, command in _leaves():
        assert command.help, name
        assert all(f"{code.value} {meaning}" in command.epilog for code, meaning in MEANINGS.items()), name


def test_the_help_shows_the_exit_codes(rollguard):
    result = rollguard("--help")

    assert result.exit_code == 0
    assert "130 interrupted" in " ".join(result.stdout.split())


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_without_a_command_shows_its_help_and_ends_as_wrong_usage(rollguard, name):
    result = rollguard(name)

    assert result.exit_code == 2
    assert "Commands:" in result.output


def test_an_unknown_command_is_wrong_usage(rollguard):
    assert rollguard("frobnicate").exit_code == 2
