"""The command line: flags, their environment, and what is refused."""

import pytest

from rollguard_example_server.__main__ import EXIT_USAGE, _parser, main
from rollguard_example_server.settings import PREFIX, SETTINGS


def test_a_setting_comes_from_its_flag_before_its_variable_before_its_default(monkeypatch):
    assert _parser().parse_args(["serve"]).port == 8080
    monkeypatch.setenv(f"{PREFIX}PORT", "9000")
    assert _parser().parse_args(["serve"]).port == 9000
    assert _parser().parse_args(["serve", "--port", "9001"]).port == 9001


def test_a_variable_of_the_wrong_type_is_refused_by_the_name_of_its_flag(monkeypatch, capsys):
    monkeypatch.setenv(f"{PREFIX}POLL_SECONDS", "0")
    with pytest.raises(SystemExit):
        _parser().parse_args(["serve"])
    assert "--poll-seconds" in capsys.readouterr().err


def test_a_fault_that_nobody_understands_is_refused_before_anything_is_trained(capsys):
    assert main(["register", "--fault", "none", "--fault", "slow:1"]) == EXIT_USAGE
    assert "there is no kind 'slow'" in capsys.readouterr().err


@pytest.mark.parametrize("name", SETTINGS)
def test_every_default_is_a_value_that_its_setting_accepts(name):
    assert SETTINGS[name].read(SETTINGS[name].default) is not None
