"""
``rollguard ledger``: which revisions of a workload are known to be good and by what evidence, and which are kept from it.

The decider's own fold is asked, as a process that is given what lies on the topics: a second opinion here would sooner or later
differ from the one that decides.
"""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import msgspec
import typer

from rollguard_console.command import command, family
from rollguard_console.console import Console
from rollguard_console.history import History, read, read_policies
from rollguard_console.instants import show_instant
from rollguard_console.output import Table
from rollguard_runtime.errors import Permanent
from rollguard_runtime.tape import Taped, write_line
from rollguard_schemas.topics import COMMANDS, DECISIONS, OUTCOMES, ROLLOUTS, SIGNALS

app = family()
_DECIDER = "rollguard_decider"


@command(app, "ledger")
async def ledger(console: Console, workload: Annotated[str, typer.Argument(help="namespace/name.")]) -> None:
    """Show which revisions of a workload are known to be good, and which are kept from it."""
    policies, _ = await read_policies(console.bus)
    history = await read(console.bus, [ROLLOUTS, SIGNALS, COMMANDS, DECISIONS, OUTCOMES])
    if not any(event.workload == workload for event in history.events):
        raise Permanent(f"nothing was said of {workload}; `rollguard rollouts` lists what was")
    found = _asked(workload, policies.get(workload), history, console.now())
    good = [(one["revision"], "good", one["because"]) for one in found["known_good"]]
    kept = [(one["revision"], "quarantined", _kept(one)) for one in found["quarantine"]]
    names = {one["revision"] for one in found["quarantine"]}
    bad = [(revision, "bad", "taken back, or the same artifact") for revision in found["bad"] if revision not in names]
    console.output.answer(found, Table(("revision", "is", "because"), [*good, *kept, *bad]), _sentence(found))


def _asked(workload: str, policy: Any, history: History, now: float) -> Any:
    if find_spec(_DECIDER) is None:
        raise Permanent(f"{_DECIDER} must be installed here: pip install 'rollguard-console[local]'")
    tape = b"".join(
        write_line(Taped(said.appended_unix_seconds, said.event))
        for said in sorted(history.said, key=lambda each: each.appended_unix_seconds)
        if said.event is not None
    )
    with TemporaryDirectory(prefix="rollguard-ledger-") as folder:
        rules = Path(folder, "policies.jsonl")
        rules.write_bytes(b"" if policy is None else msgspec.json.encode(policy))
        words = ["--policies", str(rules), "--workload", workload, "--now", repr(now)]
        done = subprocess.run([sys.executable, "-m", _DECIDER, "ledger", *words], input=tape, capture_output=True, check=False)
    if done.returncode:
        raise Permanent(done.stderr.decode(errors="replace").strip())
    return msgspec.json.decode(done.stdout)


def _kept(entry: Any) -> str:
    until = "until it is released" if entry["until_unix_seconds"] is None else f"until {show_instant(entry['until_unix_seconds'])}"
    artifact = f", artifact {entry['artifact_digest']}" if entry["artifact_digest"] else ""
    return f"by {entry['owner']}, {until}{artifact}: {entry['why']}"


def _sentence(found: Any) -> str:
    target = found["would_return_to"]
    if found["serving"] is None:
        return "no revision is known to serve"
    if target is None:
        return f"{found['serving']} serves; there is nothing to return to"
    return f"{found['serving']} serves; a rollback would go to {target['revision']}, {target['because']}"
