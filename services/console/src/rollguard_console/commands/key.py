"""
``rollguard key``: keys that commands are signed with.
"""

import base64
import secrets
from enum import StrEnum
from typing import Annotated

import typer

from rollguard_console.command import command, family
from rollguard_console.console import Console
from rollguard_runtime.signatures import new_pair

app = family()
_SECRET_BYTES = 32


class Kind(StrEnum):
    """The algorithms, by the names in a list of keys."""

    ED25519 = "ed25519"
    HMAC = "hmac-sha256"


@app.callback()
def key() -> None:
    """Make a key that commands are signed with."""


@command(app, "new")
async def new(
    console: Console,
    name: Annotated[str, typer.Argument(metavar="ID", help="What the key is called, such as your user name.")],
    algorithm: Annotated[
        Kind, typer.Option(help="ed25519: a key of one's own; hmac-sha256: a secret that the decider knows too.")
    ] = Kind.ED25519,
) -> None:
    """
    Make a key: what to keep for yourself, and what the decider's list gets.

    The first goes into the file that ROLLGUARD_CONSOLE_COMMAND_KEY_FILE names, the second into
    ROLLGUARD_DECIDER_COMMAND_KEYS_FILE's.
    """
    own, known = _halves(algorithm)
    mine = {"id": name, "algorithm": algorithm.value, **own}
    theirs = {"id": name, "algorithm": algorithm.value, **known}
    page = ["# for ROLLGUARD_CONSOLE_COMMAND_KEY_FILE; keep it to yourself", *_lines(mine), ""]
    page += ["# for ROLLGUARD_DECIDER_COMMAND_KEYS_FILE", "keys:", *_entry(theirs)]
    console.output.answer({"key": mine, "decider": {"keys": [theirs]}}, "\n".join(page))


def _halves(algorithm: Kind) -> tuple[dict[str, str], dict[str, str]]:
    if algorithm is Kind.HMAC:
        shared = {"secret": _text(secrets.token_bytes(_SECRET_BYTES))}
        return shared, shared
    private, public = new_pair()
    return {"private": _text(private)}, {"public": _text(public)}


def _text(key_bytes: bytes) -> str:
    return base64.b64encode(key_bytes).decode()


def _lines(entry: dict[str, str]) -> list[str]:
    return [f'{name}: "{text}"' for name, text in entry.items()]


def _entry(entry: dict[str, str]) -> list[str]:
    first, *others = _lines(entry)
    return [f"  - {first}", *(f"    {line}" for line in others)]
