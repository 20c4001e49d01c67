"""``rollguard up`` with real parts: it stands, other commands find it, and Ctrl-C takes everything down."""

import json
import os
import signal
import subprocess
import sys

import pytest

from rollguard_console.local import broker, mlflow_server

REASON = broker.availability()["embedded"] or mlflow_server.why_not()
ROLLGUARD = (sys.executable, "-m", "rollguard_console")


def _run(*words, **environ):
    own = {name: text for name, text in os.environ.items() if not name.startswith("ROLLGUARD_")}
    return subprocess.run([*ROLLGUARD, *words], capture_output=True, text=True, check=False, timeout=60, env=own | environ)


@pytest.mark.real
@pytest.mark.timeout(300)
@pytest.mark.skipif(REASON is not None, reason=str(REASON))
def test_up_stands_until_ctrl_c_and_leaves_nothing_behind(tmp_path):
    command = [*ROLLGUARD, "up", "--broker", "embedded", "--json"]
    with (
        (tmp_path / "err").open("w") as errors,
        subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=errors) as up,
    ):
        try:
            said = up.stdout.readline()
            assert said, (tmp_path / "err").read_text()
            parts = json.loads(said)["parts"]
            addresses = {f"ROLLGUARD_CONSOLE_{part['name'].upper()}_URL": part["address"] for part in parts[1:]}
            doctor = _run("doctor", "--json", ROLLGUARD_KAFKA=parts[0]["address"], **addresses)
        finally:
            up.send_signal(signal.SIGINT)
            code = up.wait(timeout=60)

    assert [check["status"] for check in json.loads(doctor.stdout)["checks"]] == ["ok"] * 7
    assert code == 0
    assert _run("doctor", ROLLGUARD_KAFKA=parts[0]["address"], **addresses).returncode == 4


def test_a_broker_that_cannot_be_had_is_a_failure_with_the_mend(tmp_path, monkeypatch, rollguard):
    monkeypatch.chdir(tmp_path)

    result = rollguard("up", "--broker", "given")

    assert result.exit_code == 1
    assert "ROLLGUARD_KAFKA is not set" in result.stderr
