"""
Policy files read and refused as one: what a command that needs right policies begins with.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from rollguard_console.exit_codes import Refused, WrongUsage
from rollguard_console.policy_files.check import check
from rollguard_console.policy_files.findings import Verdict
from rollguard_schemas.policies import RollbackPolicy


def checked(files: Sequence[str]) -> Verdict:
    """Return what the files say, right or wrong; ``-`` is standard input."""
    return check({"standard input" if file == "-" else file: _text(file) for file in files})


def accepted(files: Sequence[str]) -> tuple[RollbackPolicy, ...]:
    """
    Return the policies of files.

    Raises:

        Refused: with every mistake, if there is one.
    """
    verdict = checked(files)
    refuse_findings(verdict)
    return tuple(found.policy for found in verdict.policies)


def refuse_findings(verdict: Verdict, consequence: str = "") -> None:
    """Raise Refused with every mistake, if there is one."""
    if not verdict.findings:
        return
    told = [str(finding) for finding in verdict.findings]
    mistakes = "1 mistake" if len(told) == 1 else f"{len(told)} mistakes"
    raise Refused("\n".join([mistakes + consequence, *told]))


def _text(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise WrongUsage(f"cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{file}:1: not UTF-8 text; save it as UTF-8") from error
