"""
Child processes: they are watched while they start, end with all that they started, and never outlive their parent.
"""

import os
import signal
import subprocess
import sys
import time

import pytest

from rollguard_console.local import ports
from rollguard_console.local.children import Child, ChildFailed, start_ready

SLEEPS = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
]
HAS_A_CHILD = ["sh", "-c", "sleep 60 & echo $!; wait"]


def says(text, child_log):
    return lambda: text in child_log.read_text()


def is_running(pid):
    """Say whether a process runs; one that only waits to be reaped does not."""
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123  # gone between two calls is the point
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(pid):
    until = time.monotonic() + 30
    while is_running(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not is_running(pid)


def test_its_output_is_kept_in_the_run_folder(tmp_path):
    with Child.start("speaker", ["sh", "-c", "echo out; echo err >&2; pwd"], run_dir=tmp_path / "run") as child:
        assert child.wait(timeout_seconds=30) == 0
    assert (tmp_path / "run" / "speaker.log").read_text() == f"out\nerr\n{tmp_path / 'run'}\n"


def test_it_sees_no_more_of_the_environment_than_it_was_given(tmp_path):
    with Child.start("env", ["/usr/bin/env"], run_dir=tmp_path, environment={"ONLY": "this"}) as child:
        child.wait(timeout_seconds=30)
    assert child.log_path.read_text() == "ONLY=this\n"


def test_one_that_ends_before_it_is_ready_is_reported_at_once_with_the_end_of_its_log(tmp_path):
    with pytest.raises(ChildFailed, match=r"broker ended with 3 before it was ready\n.*\n  no such listener"):
        start_ready(
            "broker",
            ["sh", "-c", "echo no such listener; exit 3"],
            run_dir=tmp_path,
            is_ready=lambda: False,
            timeout_seconds=3600,
        )


def test_one_that_is_not_ready_in_time_is_reported_and_ended(tmp_path):
    with pytest.raises(ChildFailed, match="was not ready within 0 s"):
        start_ready("late", HAS_A_CHILD, run_dir=tmp_path, is_ready=lambda: False, timeout_seconds=0.3)
    assert gone(int((tmp_path / "late.log").read_text()))


def test_leaving_the_block_ends_it_and_all_that_it_started(tmp_path):
    log = tmp_path / "family.log"
    with start_ready("family", HAS_A_CHILD, run_dir=tmp_path, is_ready=says("\n", log), timeout_seconds=30) as child:
        grandchild = int(log.read_text())
        assert is_running(grandchild)
    assert child.exit_status() == -signal.SIGTERM
    assert gone(grandchild)


def test_an_interrupt_ends_it_as_well(tmp_path):
    with pytest.raises(KeyboardInterrupt), Child.start("sleeper", SLEEPS, run_dir=tmp_path) as child:
        raise KeyboardInterrupt
    assert child.exit_status() == -signal.SIGTERM


def test_one_that_does_not_listen_is_killed_after_the_grace(tmp_path):
    log = tmp_path / "stubborn.log"
    child = start_ready("stubborn", STUBBORN, run_dir=tmp_path, is_ready=says("up", log), timeout_seconds=30)
    child.stop(grace_seconds=0.2)
    assert child.exit_status() == -signal.SIGKILL


def test_stopping_twice_or_after_it_ended_does_nothing(tmp_path):
    child = Child.start("brief", ["true"], run_dir=tmp_path)
    assert child.wait(timeout_seconds=30) == 0
    child.stop()
    child.stop()
    assert child.exit_status() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died; run it there")
def test_a_parent_that_is_killed_takes_its_children_with_it(tmp_path):
    program = (
        "import time; from pathlib import Path; from rollguard_console.local.children import Child; "
        f"child = Child.start('sleeper', {SLEEPS!r}, run_dir=Path({str(tmp_path)!r})); "
        "print(child.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        assert is_running(pid)
        os.kill(parent.pid, signal.SIGKILL)
    assert gone(pid)


def test_a_free_port_is_one_that_nobody_listens_on():
    assert not ports.is_open(ports.free_port())
