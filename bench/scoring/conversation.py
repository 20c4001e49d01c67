"""
A conversation with a command: a line in, an answer out, and no line before the answer to the one before it.

A command that saw line i+1 before it answered line i could look ahead, and its score would mean nothing. So the lock step is kept
here, once, for all that is scored. Only the measurement of speed sends all lines at once, and its answers are compared with the
others.
"""

import shlex
import subprocess
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Self

_PATIENCE_SECONDS = 900.0
_FAREWELL_SECONDS = 30.0


class Unanswered(RuntimeError):
    """The command ended, was silent for too long, or answered with something that is no number in [0, 1]."""


class Conversation:
    """One process of the command for one stream; leaving the context ends it."""

    def __init__(self, command: str, patience_seconds: float = _PATIENCE_SECONDS) -> None:
        self._command = command
        self._patience_seconds = patience_seconds
        self._answers = 0

    def __enter__(self) -> Self:
        words = shlex.split(self._command)
        try:
            self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        except OSError as problem:
            raise Unanswered(f"{self._command!r} does not start: {problem}") from problem
        if self._process.stdin is None or self._process.stdout is None:
            raise Unanswered(f"{self._command!r} has no pipes")
        self._to, self._from = self._process.stdin, self._process.stdout
        self._alarm = threading.Timer(self._patience_seconds, self._process.kill)
        self._alarm.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._alarm.cancel()
        try:
            self._to.close()
            self._process.wait(_FAREWELL_SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._from.close()

    def tell(self, text: str) -> None:
        """Send what has no answer of its own, or answers that are read later."""
        try:
            self._to.write(text)
            self._to.flush()
        except OSError as problem:
            raise Unanswered(f"{self._command!r} ended after {self._answers} answers") from problem

    def hear(self) -> float:
        """Wait for one answer: the first field of a line, a number in [0, 1]."""
        answer = self._from.readline()
        if not answer:
            raise Unanswered(f"{self._command!r} ended after {self._answers} answers")
        self._answers += 1
        try:
            number = float(answer.partition(",")[0])
        except ValueError:
            number = -1.0
        if not 0.0 <= number <= 1.0:
            raise Unanswered(f"answer {self._answers} is no number in [0, 1]: {answer!r}")
        return number

    def ask(self, line: str) -> float:
        """Send one line and wait for its answer."""
        self.tell(line)
        return self.hear()


def lock_step(command: str, lines: Iterable[str], *, opening: str = "") -> list[float]:
    """Return an answer a line; `opening` is sent first and not answered."""
    with Conversation(command) as conversation:
        if opening:
            conversation.tell(opening)
        return [conversation.ask(line) for line in lines]


def all_at_once(command: str, lines: Sequence[str]) -> tuple[float, list[float]]:
    """Return the seconds that all lines after the first took, sent as fast as they are read, and the answers."""
    with Conversation(command) as conversation:
        answers = [conversation.ask(lines[0])]
        began = time.perf_counter()
        sender = threading.Thread(target=conversation.tell, args=("".join(lines[1:]),), daemon=True)
        sender.start()
        answers += [conversation.hear() for _ in lines[1:]]
        seconds = time.perf_counter() - began
        sender.join()
    return seconds, answers
