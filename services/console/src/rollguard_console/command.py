"""
How a function becomes a command.

Every command gets ``--json`` and ``--kafka`` here, and every error that is foreseen becomes its exit code here: written into each
command they would be forgotten in one. A command is an async function whose first argument is the ``Console``.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer

from rollguard_console.console import Console
from rollguard_console.exit_codes import EXPECTED_ERRORS, ExitCode, code_of, epilog

Function = TypeVar("Function", bound=Callable[..., Awaitable[None]])

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, and nothing else.")]
Kafka = Annotated[str | None, typer.Option(help="Bootstrap servers, host:port; else ROLLGUARD_KAFKA.")]
_SHARED = {"as_json": (AsJson, False), "kafka": (Kafka, None)}


def family() -> typer.Typer:
    """Make an empty group of commands, with the manners that all share."""
    return typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


def command(app: typer.Typer, name: str) -> Callable[[Function], Function]:
    """Register an async function as a command of ``app``; the function itself is returned unchanged."""

    def register(function: Function) -> Function:
        def run(context: typer.Context, *, as_json: bool, kafka: str | None, **given: Any) -> None:
            console = context.ensure_object(Console)
            console.output.as_json, console.kafka = as_json, kafka
            raise typer.Exit(_run(console, function(console, **given)))

        run.__signature__ = _signature(function)  # type: ignore[attr-defined]  # what inspect documents, unknown to the checker
        run.__annotations__ = {each.name: each.annotation for each in _signature(function).parameters.values()}
        run.__doc__ = function.__doc__
        app.command(name, epilog=epilog())(run)
        return function

    return register


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    """Return the function's signature with the context in place of the console, and the shared options at the end."""
    _, *own = inspect.signature(function, eval_str=True).parameters.values()
    positional = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
        for name, (annotation, default) in _SHARED.items()
    ]
    return inspect.Signature([positional, *(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own), *shared])


def _run(console: Console, work: Awaitable[None]) -> ExitCode:
    """Do the work and tell how it ended."""

    async def until_done() -> None:
        await work

    try:
        asyncio.run(until_done())
    except EXPECTED_ERRORS as error:
        code = code_of(error)
        console.output.complain(str(error) or "interrupted", code)
        return code
    return ExitCode.OK
