"""
``rollguard policy backtest``: what a policy would have done with a recorded past, alone or beside another.

Detector and decider judge the past exactly as they would have judged it live; nothing is published anywhere.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from rollguard_console.backtest import table
from rollguard_console.backtest.incidents import read_incidents
from rollguard_console.backtest.judging import Judgement, judge
from rollguard_console.backtest.past import Past
from rollguard_console.backtest.report import report
from rollguard_console.backtest.running import run
from rollguard_console.console import Console
from rollguard_console.exit_codes import Refused, WrongUsage
from rollguard_console.instants import parse_duration_seconds, parse_since, show_instant
from rollguard_console.policy_files.reading import accepted
from rollguard_runtime.replayed import Told
from rollguard_schemas.policies import RollbackPolicy


async def backtest(
    console: Console,
    *,
    files: Annotated[list[str], typer.Option("--file", "-f", metavar="FILE", help="The policy, or several.")],
    history: Annotated[
        list[str], typer.Argument(metavar="HISTORY...", help=".jsonl (or .jsonl.gz) of own events, .csv or .parquet of points.")
    ] = [],  # noqa: B006  # typer reads it and hands out a new one
    topics: Annotated[bool, typer.Option("--topics", help="Read the past from the topics instead of files.")] = False,
    against: Annotated[list[str], typer.Option(metavar="FILE", help="Another policy, to be compared with.")] = [],  # noqa: B006  # as above
    incidents: Annotated[
        str | None, typer.Option(metavar="FILE", help="YAML list of incidents: workload, from, until, rollout, name.")
    ] = None,
    early: Annotated[str, typer.Option(help="A rollback so long before an incident still meant it.")] = "1h",
    sham_every: Annotated[
        str | None, typer.Option(help="Take the past for healthy and begin a sham rollout so often: how many are taken back?")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Leave out telemetry before: an instant, or how long ago.")] = None,
    until: Annotated[str | None, typer.Option(help="Leave out all from then on.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a report with the timelines drawn.")] = None,
    fail_if_worse: Annotated[
        bool, typer.Option("--fail-if-worse", help="Exit with 3 where it has more false or missed ones than --against.")
    ] = False,
) -> None:
    """
    Tell what a policy would have done with a recorded past.

    With incidents: which rollbacks are true, false, or missed, how early they came, and what users were served until then.
    """
    if bool(history) == topics:
        raise WrongUsage("give files of history, or --topics")
    known = read_incidents(incidents) if incidents else ()
    words = [*history, *(["--topics"] if topics else []), *_span(console, since, until), *_shams(sham_every)]
    sides = [(_name(given), accepted(given)) for given in (files, against) if given]
    pasts = [_replayed(console, name, policies, words) for name, policies in _told_apart(sides)]
    early_seconds = parse_duration_seconds(early)
    judgements = [judge(past, known, early_seconds=early_seconds, is_healthy=sham_every is not None) for past in pasts]
    if html:
        html.write_text(report(pasts, judgements, known), encoding="utf-8")
    document = {"policies": judgements, "false_rates": [table.rate_of(one) for one in judgements]}
    shown = [table.comparison(judgements), table.decisions(judgements), *([table.incidents(judgements)] if known else [])]
    console.output.answer(document, *shown)
    if html:
        console.output.note(f"the report is in {html}")
    if fail_if_worse and len(judgements) > 1:
        _refuse_worse(*judgements)


def _replayed(console: Console, name: str, policies: Sequence[RollbackPolicy], words: Sequence[str]) -> Past:
    environment = {"ROLLGUARD_KAFKA": console.kafka} if console.kafka else {}
    with _progress(console, name) as hear:
        past = run(name, policies, words, hear, environment={**console.environ, **environment})
    for complaint in past.complaints:
        console.output.note(complaint)
    return past


def _refuse_worse(new: Judgement, old: Judgement) -> None:
    if new.false > old.false or new.missed > old.missed:
        told = f"{new.false} false and {new.missed} missed, {old.policy} has {old.false} and {old.missed}"
        raise Refused(f"{new.policy} is worse: {told}")


def _span(console: Console, since: str | None, until: str | None) -> Iterator[str]:
    for name, text in (("--since", since), ("--until", until)):
        if text is not None:
            yield from (name, repr(parse_since(text, now=console.now())))


def _shams(every: str | None) -> list[str]:
    return [] if every is None else ["--sham-every", repr(parse_duration_seconds(every))]


def _name(files: Sequence[str]) -> str:
    return ", ".join(Path(file).stem for file in files)


def _told_apart(sides: list[tuple[str, tuple[RollbackPolicy, ...]]]) -> list[tuple[str, tuple[RollbackPolicy, ...]]]:
    """Return the sides with different names, or nobody could tell their columns apart."""
    names = [name for name, _ in sides]
    if len(set(names)) == len(names):
        return sides
    return [(f"{name} ({side})", policies) for (name, policies), side in zip(sides, ("new", "old"), strict=True)]


@contextmanager
def _progress(console: Console, name: str) -> Iterator[Callable[[Told], None]]:
    """Show how far it is to a person who waits at a terminal; elsewhere it would only fill a log."""
    if console.output.as_json or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console as Terminal  # noqa: PLC0415  # needed on a terminal only
    from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415  # as above

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[told]}"))
    with Progress(*columns, console=Terminal(stderr=True), transient=True) as shown:
        task = shown.add_task(name, total=None, told="")

        def hear(told: Told) -> None:
            text = f"{told.points} points, {told.signals} signals, reached {show_instant(max(0.0, told.reached_unix_seconds))}"
            shown.update(task, total=None if told.share is None else 1.0, completed=told.share or 0.0, told=text)

        yield hear
