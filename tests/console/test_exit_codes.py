"""Every foreseen error ends with its code, told to people on standard error and to programs in the one document."""

import asyncio
import json

import pytest
import typer
from typer.testing import CliRunner

from rollguard_console.command import command
from rollguard_console.console import Console
from rollguard_console.exit_codes import CODE_OF_ERROR, MEANINGS, ExitCode, Refused, WrongUsage
from rollguard_runtime.errors import Permanent, Rejected, SettingsRefused, Temporary


def _ending_with(error, *words):
    app = typer.Typer(rich_markup_mode=None)

    @command(app, "fail")
    async def fail(console: Console) -> None:
        """Fail."""
        await asyncio.sleep(0)
        raise error

    return CliRunner().invoke(app, list(words), catch_exceptions=False)


ERRORS = [
    (Temporary("Kafka does not answer"), 4),
    (Rejected("too fast"), 4),
    (Refused("policy.yaml:1: wrong"), 3),
    (WrongUsage("write 15m"), 2),
    (SettingsRefused("ROLLGUARD_KAFAK is no setting"), 2),
    (Permanent("not found"), 1),
]


@pytest.mark.parametrize(("error", "code"), ERRORS, ids=lambda value: type(value).__name__)
def test_an_error_becomes_its_exit_code_and_a_line_on_standard_error(error, code):
    result = _ending_with(error)

    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr == f"rollguard: {error}\n"


@pytest.mark.parametrize(("error", "code"), ERRORS, ids=lambda value: type(value).__name__)
def test_with_json_the_error_is_the_document(error, code):
    result = _ending_with(error, "--json")

    assert json.loads(result.stdout) == {"error": str(error), "exit_code": code}


def test_ctrl_c_ends_with_130():
    assert _ending_with(KeyboardInterrupt()).exit_code == 130


def test_what_is_not_foreseen_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        _ending_with(ZeroDivisionError())


def test_every_code_has_a_meaning_and_every_error_a_code():
    assert set(MEANINGS) == set(ExitCode)
    assert {code for _, code in CODE_OF_ERROR} == set(ExitCode) - {ExitCode.OK}


def test_a_misspelt_setting_is_named_with_the_nearest_that_there_is(rollguard):
    rollguard.environ = {"ROLLGUARD_KAFAK": "x:1"}

    result = rollguard("decisions")

    assert result.exit_code == 2
    assert "did you mean ROLLGUARD_KAFKA?" in result.stderr


def test_the_address_on_the_command_line_goes_before_the_environment(rollguard):
    rollguard.environ = {"ROLLGUARD_KAFKA": "from-environment:1"}
    rollguard("decisions")
    rollguard("decisions", "--kafka", "from-option:1")

    assert rollguard.addresses == ["from-environment:1", "from-option:1"]
