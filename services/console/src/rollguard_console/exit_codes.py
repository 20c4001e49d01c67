"""
Exit codes, in one table: the help text, the error handling and the tests all read it.

A script that runs ``rollguard policy check`` in a pipeline must be able to tell "the policy is wrong" from "Kafka is away"; one
code for both would make it retry the one and refuse the other.
"""

from enum import IntEnum

from rollguard_runtime.errors import Permanent, SettingsRefused, Temporary


class ExitCode(IntEnum):
    """How a command ended."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    FINDINGS = 3
    UNREACHABLE = 4
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.OK: "done",
    ExitCode.FAILURE: "failed, or not found",
    ExitCode.USAGE: "wrong usage or settings",
    ExitCode.FINDINGS: "findings: a policy or a file was refused, a check did not pass",
    ExitCode.UNREACHABLE: "Kafka or another dependency does not answer; try again later",
    ExitCode.INTERRUPTED: "interrupted (Ctrl-C)",
}


class Refused(Exception):
    """What a person gave is wrong, and nothing was done; the text names the mistake and the mend."""


class WrongUsage(ValueError):
    """An option or argument cannot be understood; the text says how to write it."""


class Degraded(Exception):
    """The gate's answer is no."""


class Inconclusive(Exception):
    """The gate has no answer; a pipeline waits or asks a person, and must not take it for yes."""


CODE_OF_ERROR: tuple[tuple[type[BaseException], ExitCode], ...] = (
    (Temporary, ExitCode.UNREACHABLE),
    (Refused, ExitCode.FINDINGS),
    (WrongUsage, ExitCode.USAGE),
    (SettingsRefused, ExitCode.USAGE),
    (Permanent, ExitCode.FAILURE),
    (Degraded, ExitCode.FAILURE),
    (Inconclusive, ExitCode.USAGE),
    (KeyboardInterrupt, ExitCode.INTERRUPTED),
)
EXPECTED_ERRORS = tuple(error_type for error_type, _ in CODE_OF_ERROR)


def code_of(error: BaseException) -> ExitCode:
    """Return the exit code of an expected error."""
    return next(code for error_type, code in CODE_OF_ERROR if isinstance(error, error_type))


def epilog() -> str:
    """Return the table for the end of the help text."""
    return "Exit codes: " + "; ".join(f"{code.value} {meaning}" for code, meaning in MEANINGS.items()) + "."
