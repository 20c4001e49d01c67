"""
Aliases in an MLflow model registry.

The registry has no compare-and-swap and keeps no history of aliases: the last write wins. So the claim is written first, as one
tag on the registered model; the alias is read just before it is set and just after. A move by someone else in between is seen,
never fought.

The client is imported when the driver is made: it takes seconds, and no command that does without it should wait.
"""

import asyncio
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
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
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_schemas.outcomes import Step
from rollguard_schemas.targets import MlflowAlias

CLAIM_TAG = "rollguard.claim."  # followed by the alias: one registered model may carry several guarded aliases
STATE_TAG, DECISION_TAG = "rollguard.state", "rollguard.decision"
UNTIL_TAG, GLASS_TAG = "rollguard.quarantined-until", "rollguard.break-glass"
CHAMPION, ROLLED_BACK = "champion", "rolled_back"

_READY = "READY"
_TRANSIENT = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_Result = TypeVar("_Result")


class MlflowAliasDriver:
    """Moves an alias from one version to another. MLflow's client is synchronous, so each call runs in a thread."""

    capabilities = Capabilities(driver="mlflow-alias", actions=MOVES)

    def __init__(
        self,
        url: str,
        *,
        timeout_seconds: int,
        quarantine_seconds: float = 0.0,
        clock: Callable[[], float] = time.time,  # noqa: TID251  # a driver is a shell
    ) -> None:
        self._client = _connect(url, timeout_seconds)
        self._quarantine_seconds, self._clock = quarantine_seconds, clock

    async def observe(self, target: MlflowAlias) -> Observation:
        """Read the alias and the claim, in one call; a model that does not exist points nowhere."""
        model = await _call(lambda: _found(lambda: self._client.get_registered_model(target.model)))
        if model is None:
            return Observation(revision=None)
        revision = model.aliases.get(target.alias)
        return Observation(
            revision=None if revision is None else str(revision), claim=_read_claim(model.tags.get(CLAIM_TAG + target.alias))
        )

    async def look_up(self, target: MlflowAlias, revision: str) -> Candidate:
        """Read a version; what is no number is no version."""
        if not revision.isdecimal():
            return Candidate(revision=revision, exists=False)
        version = await _call(lambda: _found(lambda: self._client.get_model_version(target.model, revision)))
        if version is None:
            return Candidate(revision=revision, exists=False)
        is_champion = version.tags.get(STATE_TAG) == CHAMPION
        marked_by = version.tags.get(DECISION_TAG) if is_champion else None
        return Candidate(revision=revision, exists=True, is_ready=version.status == _READY, marked_by=marked_by)

    async def lacks(self, target: MlflowAlias, actions: frozenset[str] = MOVES) -> tuple[Lack, ...]:  # noqa: ARG002  # the port's signature
        """Return none: MLflow cannot be asked without trying."""
        return ()

    async def tend(self, target: MlflowAlias, is_pending: Callable[[str], bool]) -> Step | None:  # noqa: ARG002  # the port's signature
        """Do nothing: nobody writes an alias by himself."""
        return None

    async def rehearse(self, target: MlflowAlias, change: Change) -> Step:
        """Look whether the change would find what it expects; MLflow has no dry run."""
        return planned(change, (await self.observe(target)).revision)

    async def apply(self, target: MlflowAlias, change: Change) -> Step:
        """Make one change."""
        match change:
            case PutClaim(claim=claim):
                return await self._put_claim(target, claim)
            case Move():
                return await self._move(target, change)
            case Mark():
                return await self._mark(target, change)
            case Act() | Undo():
                raise Permanent("an alias has nothing to scale and nothing to restart")

    async def _put_claim(self, target: MlflowAlias, claim: Claim) -> Step:
        text = msgspec.json.encode(claim).decode()
        await _call(lambda: self._client.set_registered_model_tag(target.model, CLAIM_TAG + target.alias, text))
        return Step(name="claim", status="done", detail=f"claimed for {claim.decision_id} with fence {claim.fence}")

    async def _move(self, target: MlflowAlias, move: Move) -> Step:
        live = (await self.observe(target)).revision
        if live == move.to_revision:
            return Step(name="move", status="already-done", before=live, after=live)
        if live != move.from_revision:
            raise Displaced(f"{live} is live, not {move.from_revision}")
        await _call(lambda: self._client.set_registered_model_alias(target.model, target.alias, move.to_revision))
        after = (await self.observe(target)).revision
        if after != move.to_revision:
            raise Permanent(f"set to {move.to_revision}, the alias reads back as {after}: somebody else moves it too")
        return Step(name="move", status="done", before=live, after=after)

    async def _mark(self, target: MlflowAlias, mark: Mark) -> Step:
        # The restored revision first: its mark is what tells a later process that the move was made.
        for revision, state in ((mark.restored_revision, CHAMPION), (mark.suspect_revision, ROLLED_BACK)):
            for tag, text in ((DECISION_TAG, mark.decision_id), (STATE_TAG, state)):
                await self._tag(target.model, revision, tag, text)
        if self._quarantine_seconds:
            until = datetime.fromtimestamp(self._clock() + self._quarantine_seconds, UTC)
            await self._tag(target.model, mark.suspect_revision, UNTIL_TAG, until.isoformat(timespec="seconds"))
        return Step(
            name="mark", status="done", detail=f"{mark.suspect_revision} {ROLLED_BACK}, {mark.restored_revision} {CHAMPION}"
        )

    async def gate(self, model: str, revision: str) -> str | None:
        """Say why a version is not to be promoted, None where nothing speaks against it: the question of a pipeline."""
        version = await _call(lambda: _found(lambda: self._client.get_model_version(model, revision)))
        if version is None:
            return f"{model} has no version {revision}"
        until = version.tags.get(UNTIL_TAG)
        if until is None or version.tags.get(GLASS_TAG) or datetime.fromisoformat(until).timestamp() <= self._clock():
            return None
        return f"{model} version {revision} is in quarantine until {until} (decision {version.tags.get(DECISION_TAG)})"

    async def _tag(self, model: str, revision: str, tag: str, text: str) -> None:
        await _call(lambda: self._client.set_model_version_tag(model, revision, tag, text))


def _connect(url: str, timeout_seconds: int) -> Any:
    """Make a client that fails fast: the actuator does the waiting, and knows each decision's deadline."""
    settings = {
        "MLFLOW_HTTP_REQUEST_TIMEOUT": str(timeout_seconds),
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    os.environ.update(settings)  # noqa: TID251  # MLflow's client takes these from the environment only
    from mlflow import MlflowClient  # noqa: PLC0415  # takes seconds, and reads the environment

    return MlflowClient(tracking_uri=url, registry_uri=url)


async def _call(request: Callable[[], _Result]) -> _Result:
    """Run a request in a thread; say of a failure whether it may go away."""
    from mlflow.exceptions import MlflowException  # noqa: PLC0415  # loaded with the client

    try:
        return await asyncio.to_thread(request)
    except MlflowException as error:
        raise _judged(_status(error), str(error)) from error


def _status(error: Any) -> int:
    return int(error.get_http_status_code())


def _judged(status: int, text: str) -> Temporary | Permanent:
    """A refused connection comes as status 500 too: MLflow's client calls whatever it did not expect an internal error."""
    if status in _TRANSIENT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Temporary(f"MLflow does not answer: {text}")
    return Permanent(f"MLflow refuses: {text}")


def _found(request: Callable[[], _Result]) -> _Result | None:
    """Turn "there is no such thing" into None."""
    from mlflow.exceptions import MlflowException  # noqa: PLC0415  # loaded with the client

    try:
        return request()
    except MlflowException as error:
        if _status(error) == HTTPStatus.NOT_FOUND:
            return None
        raise


def _read_claim(text: str | None) -> Claim | None:
    """Read our tag; one that somebody edited stops us, since the fence in it is lost."""
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=Claim)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise Permanent(f"the claim on the registered model cannot be read ({error}): delete the tag to go on") from error
