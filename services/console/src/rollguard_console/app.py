"""
The ``rollguard`` command, assembled from one table.

A command's module is imported when that command is named, never for the help text: a Kafka client, YAML and tables cost a second
that ``rollguard --help`` and shell completion must not pay. So this module imports none of them, which a test checks.
"""

from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperGroup

from rollguard_console.exit_codes import epilog

_COMMANDS = "rollguard_console.commands"


class Entry(NamedTuple):
    """One word after ``rollguard``: where it lives, and what the help says; a family has words of its own."""

    module: str
    help: str
    is_family: bool = False


ENTRIES = {
    "up": Entry(f"{_COMMANDS}.up", "Run a whole rollguard on this machine until Ctrl-C."),
    "demo": Entry("rollguard_console.demo.command", "Watch a bad rollout being taken back, on this machine."),
    "doctor": Entry(
        f"{_COMMANDS}.doctor", "Check broker, topics, policies, services and the actuator's rights, with the mend for each failure."
    ),
    "topics": Entry(f"{_COMMANDS}.topics", "Create the topics, or list them.", is_family=True),
    "policy": Entry(f"{_COMMANDS}.policy", "Check, backtest, apply, list, get and delete policies.", is_family=True),
    "signals": Entry(f"{_COMMANDS}.listings", "List what the detector concluded."),
    "decisions": Entry(f"{_COMMANDS}.listings", "List what the decider made of the signals."),
    "outcomes": Entry(f"{_COMMANDS}.listings", "List what became of the decisions."),
    "rollouts": Entry(f"{_COMMANDS}.listings", "List which revisions began to serve, or were taken back."),
    "commands": Entry(f"{_COMMANDS}.listings", "List what people ordered, by whom and why."),
    "alerts": Entry(f"{_COMMANDS}.listings", "List what people were told: one incident of a workload at a time."),
    "explain": Entry(f"{_COMMANDS}.explain", "Tell the whole story of a decision or a signal."),
    "gate": Entry(f"{_COMMANDS}.gate", "Say whether a candidate is healthy: exit code 0 healthy, 1 degraded, 2 inconclusive."),
    "approve": Entry(f"{_COMMANDS}.orders", "Let a recommended decision act."),
    "veto": Entry(f"{_COMMANDS}.orders", "Forbid a decision; the suspect stays."),
    "freeze": Entry(f"{_COMMANDS}.orders", "Take no action on a workload until unfrozen, or until the time given."),
    "unfreeze": Entry(f"{_COMMANDS}.orders", "End a freeze."),
    "mute": Entry(f"{_COMMANDS}.orders", "Ignore a workload's signals, all or of one metric."),
    "quarantine": Entry(f"{_COMMANDS}.orders", "Do not return to a revision, until it is released or until the time given."),
    "ledger": Entry(f"{_COMMANDS}.ledger", "Show which revisions of a workload are known to be good, and which are kept from it."),
    "release": Entry(f"{_COMMANDS}.orders", "End a quarantine: a revision may be returned to again."),
    "rollback": Entry(f"{_COMMANDS}.orders", "Take the serving revision back now, without waiting for evidence."),
    "kill-switch": Entry(f"{_COMMANDS}.orders", "Stop every action at once, or allow them again."),
    "key": Entry(f"{_COMMANDS}.key", "Make a key that commands are signed with.", is_family=True),
    "dlq": Entry(f"{_COMMANDS}.dlq", "Look at what could not be read.", is_family=True),
    "replay": Entry(f"{_COMMANDS}.replay", "Publish a recorded series as metric points."),
}


class CommandTable(TyperGroup):
    """The root group: knows every command's name and help, and loads the one that is named."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # the library's signature
        """Return the names in the order of the table."""
        return list(ENTRIES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  # as above
        """Import the command's module."""
        return load(cmd_name) if cmd_name in ENTRIES else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  # as above
        """Write the list of commands from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in ENTRIES.items()])


def load(name: str) -> Any:
    """Return the command of an entry."""
    entry = ENTRIES[name]
    loaded: Any = typer.main.get_command(import_module(entry.module).app)
    command = loaded if entry.is_family or not isinstance(loaded, TyperGroup) else loaded.commands[name]
    command.name = name
    return command


app = typer.Typer(
    cls=CommandTable,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog=epilog(),
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def rollguard() -> None:
    """Take a bad model rollout back before its users feel it, and say why."""
