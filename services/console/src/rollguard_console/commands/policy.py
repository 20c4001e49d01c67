"""
``rollguard policy``: check, apply, backtest, list, get, delete.

Nothing is published while any document of any file is wrong: the policies in force stay in force.
"""

from typing import Annotated

import msgspec
import typer

from rollguard_console.command import command, family
from rollguard_console.commands.backtest import backtest
from rollguard_console.console import Console
from rollguard_console.exit_codes import ExitCode, Refused
from rollguard_console.history import read_policies
from rollguard_console.orders import who
from rollguard_console.output import Table
from rollguard_console.policies import changes, published, withdrawn
from rollguard_console.policy_files.findings import Verdict
from rollguard_console.policy_files.reading import checked, refuse_findings
from rollguard_console.publishing import publish
from rollguard_runtime.errors import Permanent
from rollguard_runtime.yaml_nodes import written
from rollguard_schemas.policies import Objective, RollbackPolicy
from rollguard_schemas.targets import describe

app = family()


@app.callback()
def policy() -> None:
    """Check, backtest, apply, list, get and delete policies."""


command(app, "backtest")(backtest)


@command(app, "check")
async def check_files(
    console: Console,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="YAML files; - for standard input.")],
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings for mistakes.")] = False,
) -> None:
    """
    Check policy files; each mistake is told with its line and what to write instead.

    Parts that contradict each other are warned of.
    """
    verdict = _accept(console, files)
    if strict and verdict.warnings:
        raise Refused("\n".join([_counted(len(verdict.warnings), "warning"), *map(str, verdict.warnings)]))
    rows = [(found.policy.workload, found.policy.metadata.name, f"{found.file}:{found.line}") for found in verdict.policies]
    document = {"policies": verdict.policies, "findings": [], "warnings": verdict.warnings}
    console.output.answer(document, Table(("workload", "policy", "from"), rows))


@command(app, "apply")
async def apply(
    console: Console,
    files: Annotated[list[str], typer.Option("--file", "-f", metavar="FILE", help="YAML file; - for standard input.")],
    dry_run: Annotated[bool, typer.Option(help="Only tell what would change.")] = False,
) -> None:
    """Put policies in force; nothing is published if anything in the files is wrong."""
    verdict = _accept(console, files)
    in_force, _ = await read_policies(console.bus)
    planned = changes(verdict.policies, in_force)
    changed = [each.policy for each, change in zip(verdict.policies, planned, strict=True) if change.status != "unchanged"]
    if changed and not dry_run:
        await publish(console.bus, [published(each) for each in changed])
    rows = [(change.workload, change.policy, change.status) for change in planned]
    console.output.answer({"changes": planned, "dry_run": dry_run}, Table(("workload", "policy", "status"), rows))
    if dry_run:
        console.output.note("dry run: nothing was published")


@command(app, "list")
async def list_policies(console: Console) -> None:
    """List the policies in force."""
    in_force, unreadable = await read_policies(console.bus)
    columns = ("workload", "policy", "mode", "target", "objectives")
    rows = [_row(each) for each in in_force.values()]
    console.output.answer({"policies": list(in_force.values()), "unreadable": unreadable}, Table(columns, rows))
    if unreadable:
        console.output.note(f"{unreadable} records of the policies topic could not be read")


@command(app, "get")
async def get(console: Console, workload: Annotated[str, typer.Argument(help="namespace/name.")]) -> None:
    """Show a workload's policy as YAML, ready to be edited and applied again."""
    found = await _in_force(console, workload)
    document = msgspec.to_builtins(found)
    first = {"apiVersion": document["apiVersion"]}  # as people write it; the rest keeps its order
    console.output.answer(found, written(first | document).rstrip())


@command(app, "delete")
async def delete(
    console: Console,
    workload: Annotated[str, typer.Argument(help="namespace/name.")],
    by: Annotated[str, typer.Option(help="Who says so; your user name otherwise.")] = "",
) -> None:
    """Withdraw a workload's policy; from then on rollguard takes no action on it."""
    found = await _in_force(console, workload)
    await publish(console.bus, [withdrawn(workload, by=who(by, console.settings), now=console.now())])
    console.output.answer({"deleted": found}, f"deleted policy {found.metadata.name} of {workload}")


async def _in_force(console: Console, workload: str) -> RollbackPolicy:
    in_force, _ = await read_policies(console.bus)
    if workload not in in_force:
        known = ", ".join(in_force) or "none"
        raise Permanent(f"{workload} has no policy; workloads that have one: {known}")
    found: RollbackPolicy = in_force[workload]
    return found


def _accept(console: Console, files: list[str]) -> Verdict:
    """Return what the files say, or refuse them all."""
    verdict = checked(files)
    if verdict.findings and console.output.as_json:
        console.output.line_of_json({"policies": [], "findings": verdict.findings, "exit_code": ExitCode.FINDINGS.value})
    refuse_findings(verdict, "; the policies in force stay as they are")
    for warning in verdict.warnings:
        console.output.note(f"warning: {warning}")
    return verdict


def _counted(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"


def _row(policy: RollbackPolicy) -> tuple[str, ...]:
    spec = policy.spec
    objectives = ", ".join(_promise(each) for each in spec.objectives) or "none"
    return (spec.workload, policy.metadata.name, spec.mode, describe(spec.target), objectives)


def _promise(objective: Objective) -> str:
    budget = objective.error_budget
    if budget is None:
        return f"{objective.name} {objective.direction} {objective.bound:g}"
    return f"{objective.name} {budget.target:g} over {budget.window_days:g} days"
