"""
The quarantine ledger: which artifacts people keep from being returned to, who owns that, why, and until when.

An entry names a revision, an artifact's digest, or both: a digest outlives the numbers that a registry gives to the same bytes. It
lasts until it is released or until the time given, asked with the time that the core was told.
"""

import msgspec

from rollguard_schemas.commands import Quarantine
from rollguard_schemas.fields import UnixSeconds

KEPT = 128


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """One entry; no end means until it is released."""

    revision: str
    artifact_digest: str | None = None
    owner: str
    why: str = ""
    since_unix_seconds: UnixSeconds
    until_unix_seconds: UnixSeconds | None = None


def quarantined(ledger: tuple[Quarantined, ...], command: Quarantine) -> tuple[Quarantined, ...]:
    """Enter a revision; a second entry takes the place of the first."""
    entry = Quarantined(
        revision=command.revision,
        artifact_digest=command.artifact_digest,
        owner=command.owner or command.by,
        why=command.why,
        since_unix_seconds=command.time_unix_seconds,
        until_unix_seconds=command.until_unix_seconds,
    )
    return (*(one for one in ledger if one.revision != entry.revision), entry)[-KEPT:]


def released(ledger: tuple[Quarantined, ...], revision: str) -> tuple[Quarantined, ...]:
    """Strike a revision out."""
    return tuple(one for one in ledger if one.revision != revision)


def in_force(ledger: tuple[Quarantined, ...], now: float) -> tuple[Quarantined, ...]:
    """Return the entries that hold at this time; the end of one is already free."""
    return tuple(one for one in ledger if one.until_unix_seconds is None or now < one.until_unix_seconds)
