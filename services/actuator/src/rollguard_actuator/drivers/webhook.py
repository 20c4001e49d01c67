"""
Targets of somebody's own, behind one address: what is asked and what is ordered are signed messages, answered in JSON.

Each message is ``{"type", "timestamp", "data"}`` as Standard Webhooks recommends. An order is sent again after a crash or a lost
answer, under the same ``webhook-id``, the decision's: a receiver that keeps the ids that it has seen moves once. What the receiver
tells is believed, so only it can say what is live, and a move is read back from it.
"""

import json
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from rollguard_actuator.core.ports import (
    MOVES,
    Act,
    Candidate,
    Capabilities,
    Change,
    Claim,
    Displaced,
    Lack,
    Mark,
    Move,
    Observation,
    PutClaim,
    Undo,
)
from rollguard_actuator.core.rehearsal import planned
from rollguard_actuator.settings import ActuatorSettings
from rollguard_runtime.asking import Channel, read_json
from rollguard_runtime.errors import Permanent, SettingsRefused
from rollguard_runtime.standard_webhooks import key_of, signed
from rollguard_schemas.decisions import CallDecided
from rollguard_schemas.event import type_name
from rollguard_schemas.outcomes import Step
from rollguard_schemas.targets import Webhook

_SETTING = "ROLLGUARD_ACTUATOR_WEBHOOK_SECRET"
_Told = TypeVar("_Told", bound=msgspec.Struct)


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """
    The answer to ``rollguard.observe``; ``claim`` is the last one that was sent, where the receiver keeps it.

    ``acted`` are the decisions whose orders (``rollguard.call``) it has carried out.
    """

    revision: str | None
    claim: Claim | None = None
    refusal: str | None = None
    acted: tuple[str, ...] = ()
    is_converged: bool | None = None


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to ``rollguard.look-up``; ``marked_by`` is the decision that restored the revision last, where it is kept."""

    exists: bool
    is_ready: bool = False
    marked_by: str | None = None
    note: str | None = None


class WebhookDriver:
    """Asks and orders by messages that ``keys`` sign; without a key nothing is sent."""

    capabilities = Capabilities(driver="webhook", actions=MOVES | {type_name(CallDecided)})

    def __init__(
        self,
        keys: Sequence[bytes],
        *,
        timeout_seconds: float,
        clock: Callable[[], float] = time.time,  # noqa: TID251  # a driver is a shell
    ) -> None:
        self._keys, self._timeout_seconds, self._clock = keys, timeout_seconds, clock

    @classmethod
    def by(cls, settings: ActuatorSettings) -> "WebhookDriver":
        """
        Make the driver that the settings describe.

        Raises:

            SettingsRefused: when the secret is none.
        """
        try:
            keys = [key_of(secret) for secret in settings.webhook_secret.split()]
        except ValueError as error:
            raise SettingsRefused(f"{_SETTING}: {error}") from None
        return cls(keys, timeout_seconds=settings.webhook_timeout_seconds)

    async def observe(self, target: Webhook) -> Observation:
        """Ask what is live."""
        told = await self._ask(target, "observe", {}, Live)
        return Observation(
            revision=told.revision, claim=told.claim, refusal=told.refusal, is_converged=told.is_converged, acted=told.acted
        )

    async def look_up(self, target: Webhook, revision: str) -> Candidate:
        """Ask whether a revision could be made live."""
        told = await self._ask(target, "look-up", {"revision": revision}, Known)
        return Candidate(revision=revision, exists=told.exists, is_ready=told.is_ready, marked_by=told.marked_by, note=told.note)

    async def lacks(self, target: Webhook, actions: frozenset[str] = MOVES) -> tuple[Lack, ...]:  # noqa: ARG002  # the port's signature
        """Say whether there is a secret; whether the receiver shares it shows when it is asked."""
        lack = Lack(what="a secret that signs what is sent to webhooks", is_optional=False, mend=f"set {_SETTING}")
        return () if self._keys else (lack,)

    async def tend(self, target: Webhook, is_pending: Callable[[str], bool]) -> Step | None:  # noqa: ARG002  # the port's signature
        """Do nothing: what the receiver leaves behind is its own to look after."""
        return None

    async def rehearse(self, target: Webhook, change: Change) -> Step:
        """Ask whether the change would find what it expects; a receiver is not asked to rehearse."""
        return planned(change, (await self.observe(target)).revision)

    async def apply(self, target: Webhook, change: Change) -> Step:
        """Order one change."""
        match change:
            case PutClaim(claim=claim):
                await self._order(target, "claim", f"{claim.decision_id}:claim", msgspec.to_builtins(claim))
                return Step(name="claim", status="done", detail=f"claimed for {claim.decision_id} with fence {claim.fence}")
            case Move():
                return await self._move(target, change)
            case Mark():
                await self._order(target, "mark", f"{change.decision_id}:mark", msgspec.to_builtins(change))
                return Step(name="mark", status="done", detail=f"{change.suspect_revision} gave way to {change.restored_revision}")
            case Act(decision=CallDecided() as called):
                return await self._call(target, called)
            case Act() | Undo():
                raise Permanent("a webhook is ordered to move, or what a policy calls for, not to scale or to restart")

    async def _move(self, target: Webhook, move: Move) -> Step:
        live = (await self.observe(target)).revision
        if live == move.to_revision:
            return Step(name="move", status="already-done", before=live, after=live)
        if live != move.from_revision:
            raise Displaced(f"{live} is live, not {move.from_revision}")
        message_id = move.decision_id or f"{move.from_revision}:{move.to_revision}"
        await self._order(target, "move", message_id, msgspec.to_builtins(move))
        after = (await self.observe(target)).revision
        if after != move.to_revision:
            raise Permanent(f"told to move to {move.to_revision}, the receiver says that {after} is live")
        return Step(name="move", status="done", before=live, after=after)

    async def _call(self, target: Webhook, called: CallDecided) -> Step:
        about = {"decision_id": called.id, "order": called.order, "workload": called.workload, "revision": called.suspect_revision}
        await self._order(target, "call", called.id, about)
        return Step(name="call", status="done", detail=f"{called.order} was ordered")

    async def _ask(self, target: Webhook, what: str, data: dict[str, Any], shape: type[_Told]) -> _Told:
        answer = await self._order(target, what, str(uuid.uuid4()), data)
        told: _Told = read_json(answer, shape)
        return told

    async def _order(self, target: Webhook, what: str, message_id: str, data: dict[str, Any]) -> bytes:
        """Send a message and return the answer; raises as ``Channel.ask`` does."""
        if not self._keys:
            raise Permanent(f"nothing is sent to a webhook unsigned: set {_SETTING}")
        now = self._clock()
        timestamp = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
        message = {"type": f"rollguard.{what}", "timestamp": timestamp, "data": {"name": target.name, **data}}
        body = json.dumps(message).encode()
        channel = Channel(f"webhook {target.name}", timeout_seconds=self._timeout_seconds, secrets=(target.url,))
        try:
            return await channel.ask("POST", target.url, body, headers=signed(self._keys, message_id, body, now_unix_seconds=now))
        finally:
            await channel.close()
