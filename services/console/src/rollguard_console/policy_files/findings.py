"""
What a check finds: mistakes that refuse the files, warnings that do not, and the policies that came out of them.
"""

import msgspec

from rollguard_schemas.policies import RollbackPolicy


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake or warning, where it is, and the mend."""

    file: str
    line: int
    column: int | None = None
    path: str = ""
    problem: str
    mend: str = ""

    def __str__(self) -> str:
        column = f":{self.column}" if self.column is not None else ""
        path = f"{self.path}: " if self.path else ""
        mend = f"; {self.mend}" if self.mend else ""
        return f"{self.file}:{self.line}{column}: {path}{self.problem}{mend}"


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A policy of one workload, where it begins, and how nearly its workload was meant."""

    file: str
    line: int
    policy: RollbackPolicy
    rank: int = 0


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The policies of some files, and all that is wrong; use the policies only if nothing is."""

    policies: tuple[Checked, ...] = ()
    findings: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
