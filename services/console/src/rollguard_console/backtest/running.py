"""
Runs the replays of detector and decider, one piped into the other, and gathers what they say.

They are started as processes, as the services are, since services know one another by what they say alone. Each run is a pure
function of files and policies: no broker, no clock.
"""

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, TypeAlias

import msgspec

from rollguard_console.backtest.past import Past
from rollguard_runtime.errors import Permanent
from rollguard_runtime.replayed import Minute, Told
from rollguard_runtime.tape import read_tape
from rollguard_schemas.policies import RollbackPolicy

_EXIT_UNREAD = 1
_SERVICES = ("rollguard_detector", "rollguard_decider")
_KEPT_COMPLAINTS = 40

Hear = Callable[[Told], None]
_Process: TypeAlias = "subprocess.Popen[bytes]"


def run(
    name: str, policies: Sequence[RollbackPolicy], source: Sequence[str], hear: Hear, *, environment: Mapping[str, str]
) -> Past:
    """
    Replay a past under policies; ``source`` are the detector's words for where it lies, ``hear`` is told how far it is.

    Raises:

        Permanent: where a service is not installed, or could do nothing; its own words say why.
    """
    missing = [service for service in _SERVICES if find_spec(service) is None]
    if missing:
        raise Permanent(f"{' and '.join(missing)} must be installed here: pip install 'rollguard-console[local]'")
    with TemporaryDirectory(prefix="rollguard-backtest-") as folder:
        rules, courses = Path(folder, "policies.jsonl"), Path(folder, "courses.jsonl")
        rules.write_bytes(b"".join(msgspec.json.encode(policy) + b"\n" for policy in policies))
        return _Pair(["--policies", str(rules)], environment, hear).run(
            name, [*source, "--courses", str(courses), "--progress"], courses
        )


class _Pair:
    """The two processes of one run."""

    def __init__(self, rules: Sequence[str], environment: Mapping[str, str], hear: Hear) -> None:
        self._rules, self._environment = rules, environment
        self._ears = {"rollguard_detector": _Ear(hear), "rollguard_decider": _Ear(hear)}

    def run(self, name: str, source: Sequence[str], courses: Path) -> Past:
        with (
            self._started("rollguard_detector", source, subprocess.DEVNULL) as detector,
            self._started("rollguard_decider", ["--echo"], _pipe(detector.stdout)) as decider,
        ):
            _pipe(detector.stdout).close()  # only the decider may hold it open: a decider that dies must end the detector
            said = self._hear(detector, decider)
        self._refuse_failure(detector, decider)
        minutes = tuple(msgspec.json.decode(line, type=Minute) for line in courses.read_bytes().splitlines())
        complaints = tuple(complaint for ear in self._ears.values() for complaint in ear.complaints)
        told = self._ears["rollguard_detector"].told
        return Past(name=name, events=said, minutes=minutes, told=told, complaints=complaints)

    def _hear(self, detector: _Process, decider: _Process) -> tuple[tuple[float, Any], ...]:
        """Read the decider's answers to their end, while threads read what both say beside them."""
        listening = [ear.listen(_pipe(one.stderr)) for ear, one in zip(self._ears.values(), (detector, decider), strict=True)]
        try:
            tape = read_tape(_pipe(decider.stdout), self._ears["rollguard_decider"].keep)
            said = tuple((taped.at_unix_seconds, taped.event) for taped in tape)
        except BaseException:
            detector.kill()
            decider.kill()
            raise
        for thread in listening:
            thread.join()
        return said

    def _started(self, module: str, words: Sequence[str], source: int | IO[bytes]) -> _Process:
        command = [sys.executable, "-m", module, "replay", *self._rules, *words]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdin=source, stdout=pipe, stderr=pipe, env=dict(self._environment))

    def _refuse_failure(self, *processes: _Process) -> None:
        for process, ear in zip(processes, self._ears.values(), strict=True):
            if process.returncode not in (0, _EXIT_UNREAD):
                raise Permanent("\n".join(ear.complaints) or f"a replay ended with {process.returncode}")


def _pipe(end: IO[bytes] | None) -> IO[bytes]:
    if end is None:
        raise AssertionError("every end was asked to be a pipe")
    return end


class _Ear:
    """Reads what a replay says beside its answer: how far it is, and what it could not read."""

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self.told, self.complaints = Told(), list[str]()

    def keep(self, complaint: str) -> None:
        """Keep a complaint, if there are not too many."""
        if len(self.complaints) < _KEPT_COMPLAINTS:
            self.complaints.append(complaint)

    def listen(self, source: IO[bytes]) -> threading.Thread:
        """Listen until the end, in a thread of its own: a full pipe would stop the replay."""
        thread = threading.Thread(target=self._listen, args=(source,), daemon=True)
        thread.start()
        return thread

    def _listen(self, source: IO[bytes]) -> None:
        for line in source:
            if line.startswith(b"{"):
                self.told = msgspec.json.decode(line, type=Told)
                self._hear(self.told)
            else:
                self.keep(line.decode(errors="replace").rstrip())
