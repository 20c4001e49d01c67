"""
The command: quick to explain itself, and clear about a wrong setting.
"""

import subprocess
import sys

import pytest

from rollguard_detector.__main__ import main
from rollguard_detector.settings import DetectorSettings
from rollguard_runtime.errors import SettingsRefused
from rollguard_runtime.service import EXIT_SETTINGS
from rollguard_runtime.settings import load


def test_help_loads_nothing_heavy():
    program = "import sys; from rollguard_detector.__main__ import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    program += "print(sorted({'river', 'aiokafka', 'numpy'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "run the service until SIGTERM" in shown
    assert shown.splitlines()[-1] == "[]"


def test_a_misspelt_setting_stops_the_start(monkeypatch, capsys):
    monkeypatch.setenv("ROLLGUARD_DETECTOR_MAX_SERIE", "5")
    assert main(["run"]) == EXIT_SETTINGS
    assert "did you mean ROLLGUARD_DETECTOR_MAX_SERIES" in capsys.readouterr().err


def test_settings_are_read_by_name():
    settings = load(DetectorSettings, "detector", {"ROLLGUARD_DETECTOR_REWIND_SECONDS": "60"})
    assert (settings.rewind_seconds, settings.max_series) == (60.0, 50_000)
    assert load(DetectorSettings, "detector", {"ROLLGUARD_DETECTOR_REWIND_SECONDS": "inf"}).rewind_seconds == float("inf")
    with pytest.raises(SettingsRefused, match="MAX_SERIES"):
        load(DetectorSettings, "detector", {"ROLLGUARD_DETECTOR_MAX_SERIES": "0"})
