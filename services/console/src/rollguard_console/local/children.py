"""
Child processes: started into a group of their own, watched while they become ready, and ended with all that they started.

The rule: no child outlives its parent, whichever way the parent goes. An orderly end and an exception end it through ``with``, a
SIGKILL of the parent through the kernel's parent-death signal (on Linux; elsewhere such children stay). A child is left unreaped
until its group is dead, so that a signal can never hit a stranger who was given the same number.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.05
_TAIL_LINES = 20
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class ChildFailed(RuntimeError):
    """A child ended, or did not become ready in time; the text holds the end of its log."""


class Child:
    """A running process, its output in ``log_path``. Leaving its ``with`` block ends it."""

    def __init__(self, name: str, process: "subprocess.Popen[bytes]", log_path: Path) -> None:
        self.name, self.log_path = name, log_path
        self._process = process

    @classmethod
    def start(
        cls,
        name: str,
        command: Sequence[str | Path],
        *,
        run_dir: Path,
        environment: Mapping[str, str] | None = None,
        parent_death_signal: signal.Signals = signal.SIGKILL,
    ) -> Self:
        """
        Start a command in ``run_dir`` and append its output to ``<name>.log`` there; without ``environment`` it inherits ours.

        Call it from a thread that lives as long as the child should: the kernel takes the thread for the parent.
        """
        run_dir.mkdir(parents=True, exist_ok=True)
        log_path = run_dir / f"{name}.log"
        with log_path.open("ab") as log:
            process = subprocess.Popen(
                [str(word) for word in command],
                cwd=run_dir,
                env=None if environment is None else dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_tie_to_parent(parent_death_signal),  # noqa: PLW1509  # two system calls, no lock is taken
            )
        return cls(name, process, log_path)

    @property
    def pid(self) -> int:
        """The process itself, which leads its group."""
        return self._process.pid

    def exit_status(self) -> int | None:
        """Return the exit code (minus the number of the signal that ended it), or None while it runs."""
        if self._process.returncode is not None:
            return self._process.returncode
        ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return None
        return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status

    def wait_until(self, is_ready: Callable[[], bool], *, timeout_seconds: float) -> None:
        """
        Wait for readiness.

        Raises:

            ChildFailed: as soon as the child ends, or when the time is over.
        """
        until = time.monotonic() + timeout_seconds
        while not is_ready():
            status = self.exit_status()
            if status is not None:
                raise ChildFailed(f"{self.name} ended with {status} before it was ready\n{self.end_of_log()}")
            if time.monotonic() > until:
                raise ChildFailed(f"{self.name} was not ready within {timeout_seconds:.0f} s\n{self.end_of_log()}")
            time.sleep(_POLL_SECONDS)

    def wait(self, *, timeout_seconds: float) -> int | None:
        """Return the exit code once it ended, or None when it still runs after that time."""
        until = time.monotonic() + timeout_seconds
        while (status := self.exit_status()) is None and time.monotonic() < until:
            time.sleep(_POLL_SECONDS)
        return status

    def end_of_log(self) -> str:
        """Return the last lines that it wrote, with where to find the rest."""
        lines = self.log_path.read_text(errors="replace").splitlines()[-_TAIL_LINES:]
        return "\n".join([f"the end of {self.log_path}:", *(f"  {line}" for line in lines)])

    def stop(self, *, grace_seconds: float = 15.0) -> None:
        """Ask it to end, and kill what is left of its group after the grace. Stopping twice does nothing."""
        if self._process.returncode is not None:
            return
        try:
            self._signal_group(signal.SIGTERM)
            self.wait(timeout_seconds=grace_seconds)
        finally:
            self.kill()

    def kill(self) -> None:
        """Kill it and all of its group at once."""
        if self._process.returncode is None:
            self._signal_group(signal.SIGKILL)
            self._process.wait()

    def _signal_group(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def refuse_ended(children: Iterable[Child]) -> None:
    """
    Look after children that should run.

    Raises:

        ChildFailed: when one has ended.
    """
    for child in children:
        if (status := child.exit_status()) is not None:
            raise ChildFailed(f"{child.name} ended with {status}\n{child.end_of_log()}")


def start_ready(
    name: str,
    command: Sequence[str | Path],
    *,
    run_dir: Path,
    is_ready: Callable[[], bool],
    timeout_seconds: float,
    environment: Mapping[str, str] | None = None,
    parent_death_signal: signal.Signals = signal.SIGKILL,
) -> Child:
    """Start a child and return it once it is ready; whatever goes wrong meanwhile ends it."""
    child = Child.start(name, command, run_dir=run_dir, environment=environment, parent_death_signal=parent_death_signal)
    try:
        child.wait_until(is_ready, timeout_seconds=timeout_seconds)
    except BaseException:
        child.kill()
        raise
    return child


def _tie_to_parent(number: signal.Signals) -> Callable[[], None] | None:
    if _libc is None:
        return None
    libc, parent = _libc, os.getpid()

    def tie() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it died between the fork and the call
            os._exit(1)

    return tie
