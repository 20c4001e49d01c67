"""
The policies in force, and what publishing others would change.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from rollguard_console.console import SOURCE
from rollguard_console.policy_files.findings import Checked
from rollguard_schemas import codec
from rollguard_schemas.codec import OutgoingRecord
from rollguard_schemas.ids import derive_id
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.topics import POLICIES


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What applying one policy does."""

    workload: str
    policy: str
    status: Literal["created", "changed", "unchanged"]
    file: str
    line: int


def changes(checked: Sequence[Checked], in_force: Mapping[str, RollbackPolicy]) -> list[Change]:
    """Compare checked policies with those in force."""
    return [
        Change(
            workload=each.policy.workload,
            policy=each.policy.metadata.name,
            status=_status(each.policy, in_force.get(each.policy.workload)),
            file=each.file,
            line=each.line,
        )
        for each in checked
    ]


def published(policy: RollbackPolicy) -> OutgoingRecord:
    """Return the record that puts a policy in force."""
    return codec.encode(POLICIES, policy, source=SOURCE)


def withdrawn(workload: str, *, by: str, now: float) -> OutgoingRecord:
    """Return the record that deletes a workload's policy: a key without a value, which compaction removes in the end."""
    headers = (
        ("ce_specversion", b"1.0"),
        ("ce_id", derive_id("policy-deleted", workload, by, now).encode()),
        ("ce_source", SOURCE.encode()),
    )
    return OutgoingRecord(POLICIES.name, workload.encode(), None, headers)


def _status(new: RollbackPolicy, old: RollbackPolicy | None) -> Literal["created", "changed", "unchanged"]:
    if old is None:
        return "created"
    return "unchanged" if new == old else "changed"
