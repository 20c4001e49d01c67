"""
What keeps an owner of the desired state from undoing a rollback, and when it may go on.

A lock is the finest that the owner knows. It is closed before the move, and opened only when the owner's own desired state no
longer holds what was taken back; what cannot be found out is left to a person.
"""

from typing import Literal, Protocol

import msgspec

from rollguard_actuator.drivers.kubernetes.api import Api, Json
from rollguard_actuator.drivers.kubernetes.rights import Right

Desire = Literal["suspect", "other", "unknown"]


class Lock(Protocol):
    """
    One owner's lock; ``rights`` are what it needs besides the workload's own.

    ``namespace`` is where its objects usually lie, which is where the rights are asked about.
    ``marks`` are the annotations on the workload itself that close it, which are written and removed together with the hold.
    """

    rights: tuple[Right, ...]
    marks: dict[str, str]
    namespace: str

    async def objection(self, api: Api, workload: Json) -> str | None:
        """Say why this workload's owner cannot be locked, or None."""

    async def close(self, api: Api, workload: Json, decision_id: str) -> None:
        """Close what lies outside the workload; closing twice does nothing."""

    async def desire(self, api: Api, workload: Json, suspect_images: tuple[str, ...]) -> Desire:
        """Say whether the desired state still holds the suspect."""

    async def open(self, api: Api, workload: Json, decision_id: str) -> None:
        """Open what lies outside the workload, if this decision closed it."""


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A rollback that is being held, as it is written on the workload; ``locks`` are the owners that were locked for it."""

    decision_id: str
    suspect_revision: str
    restored_revision: str
    suspect_images: tuple[str, ...]
    locks: tuple[str, ...]
