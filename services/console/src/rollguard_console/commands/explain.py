"""
``rollguard explain``: the whole story of one decision or signal, from what was seen to how it ended.
"""

from typing import Annotated

import typer

from rollguard_console.account import account
from rollguard_console.account_page import page
from rollguard_console.command import command, family
from rollguard_console.console import Console
from rollguard_console.history import read
from rollguard_schemas.topics import COMMANDS, DECISIONS, OUTCOMES, ROLLOUTS, SIGNALS

app = family()


@command(app, "explain")
async def explain(
    console: Console,
    asked: Annotated[
        str, typer.Argument(metavar="ID", help="Id of a decision or signal (or of an outcome, order or rollout event).")
    ],
) -> None:
    """
    Tell the whole story of a decision or a signal.

    The beginning of an id is enough where only one begins so.
    """
    history = await read(console.bus, [ROLLOUTS, SIGNALS, DECISIONS, COMMANDS, OUTCOMES])
    found = account(asked, history.events)
    console.output.answer(found, page(found))
    if history.unreadable:
        console.output.note(f"{history.unreadable} records could not be read; the story may have gaps")
