"""
Restraints: what people said that holds actions back, for one workload, for a tenant's or for the whole fleet.

Each lasts until it is lifted or until the time given. Whether one is in force is asked with the time that the core was told, so an
expired freeze needs nobody to clean it up, and a replay finds it in force exactly when it was.
"""

import msgspec

from rollguard_schemas.commands import Command, Freeze, KillSwitch, Mute, Unfreeze
from rollguard_schemas.fields import FLEET, Name, UnixSeconds

MUTES_KEPT = 64


class Restraint(msgspec.Struct, frozen=True, kw_only=True):
    """Who said it, why and for whom, for the explanation; no end means until it is lifted."""

    by: str
    scope: str = ""
    why: str = ""
    until_unix_seconds: UnixSeconds | None = None


class MutedMetric(msgspec.Struct, frozen=True, kw_only=True):
    """Signals of one metric, or of all, are ignored."""

    metric: Name | None
    restraint: Restraint


class Restraints(msgspec.Struct, frozen=True, kw_only=True):
    """All that holds; the fleet's lie beside each workload's own."""

    kill_switch: Restraint | None = None
    frozen: Restraint | None = None
    mutes: tuple[MutedMetric, ...] = ()


def restrain(restraints: Restraints, command: Command, now: float) -> Restraints:
    """Return the restraints after a command; one that restrains nothing changes nothing."""
    said = Restraint(by=command.by, scope=command.workload, why=command.why, until_unix_seconds=command.until_unix_seconds)
    match command:
        case KillSwitch():
            return msgspec.structs.replace(restraints, kill_switch=said if command.engaged else None)
        case Freeze():
            return msgspec.structs.replace(restraints, frozen=said)
        case Unfreeze():
            return msgspec.structs.replace(restraints, frozen=None)
        case Mute():
            others = [mute for mute in restraints.mutes if mute.metric != command.metric and in_force(mute.restraint, now)]
            mutes = (*others, MutedMetric(metric=command.metric, restraint=said))
            return msgspec.structs.replace(restraints, mutes=mutes[-MUTES_KEPT:])
    return restraints


def together(wider: Restraints, narrower: Restraints, now: float) -> Restraints:
    """Return what holds of both; of two that hold, the wider one is named."""
    return Restraints(
        kill_switch=wider.kill_switch if in_force(wider.kill_switch, now) else narrower.kill_switch,
        frozen=wider.frozen if in_force(wider.frozen, now) else narrower.frozen,
        mutes=(*wider.mutes, *narrower.mutes),
    )


def in_force(restraint: Restraint | None, now: float) -> bool:
    """Say whether a restraint holds at this time; its end is already free."""
    if restraint is None:
        return False
    return restraint.until_unix_seconds is None or now < restraint.until_unix_seconds


def whose(restraint: Restraint | None) -> str:
    """Name those whom a restraint is for."""
    scope = restraint.scope if restraint is not None else ""
    if scope.endswith("/*"):
        return f"tenant {scope.removesuffix('/*')}"
    return "the fleet" if scope == FLEET else "the workload"


def muting(restraints: Restraints, metric: str | None, now: float) -> Restraint | None:
    """Return the restraint that mutes a metric, if any."""
    for mute in restraints.mutes:
        if mute.metric in (None, metric) and in_force(mute.restraint, now):
            return mute.restraint
    return None
