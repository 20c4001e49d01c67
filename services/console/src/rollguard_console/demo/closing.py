"""
The closing report as a person reads it.
"""

from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from rollguard_console.demo.report import Comparison, Report


def page(report: Report) -> Panel:
    """Lay out the report."""
    table = Table.grid(padding=(0, 2))
    for name, text in rows(report):
        table.add_row(Text(name, style="dim"), Text(text))
    verdict = Text("the bad rollout was taken back and verified; the healthy one was left alone", style="bold green")
    if not report.is_success:
        verdict = Text("not as it should be: " + "; ".join(report.complaints), style="bold red")
    return Panel(
        Group(verdict, Text(), table), title="rollguard demo: report", border_style="green" if report.is_success else "red"
    )


def rows(report: Report) -> list[tuple[str, str]]:
    """Return the lines, a name and a text each."""
    breach = "never happened" if report.is_breach_averted else "happened"
    return [
        ("broker", report.broker),
        ("target", report.target),
        ("healthy revision", f"{report.healthy_revision}: {report.actions_on_healthy_revision} actions"),
        (
            "bad revision",
            f"{report.bad_revision}, taken back to {report.restored_revision or 'nothing'}, {report.rollbacks} rollback(s)",
        ),
        ("forecast", f"{_seconds(report.forecast_lead_seconds)} ahead of the breach, which {breach}"),
        ("first said with", _share(report.forecast_probability)),
        ("first bad effect to recovery", _seconds(report.first_bad_effect_to_recovery_seconds)),
        ("healthy one compared", _compared(report.healthy_compared)),
        ("bad one compared", _compared(report.bad_compared)),
        ("requests", f"{report.requests_served} served, {report.requests_hurt} hurt (failed or slower than the bound)"),
        ("signals", f"{report.signals_answered} answered, {report.signals_unanswered} not"),
        ("decision", report.decision or "none"),
        ("because", report.explanation or "nothing was decided"),
        ("took", _seconds(report.elapsed_seconds)),
    ]


def _compared(said: Comparison | None) -> str:
    if said is None:
        return "not before it was over"
    evidence = f"log e {said.log_e_value:.1f} of {said.log_e_needed:.1f}"
    since = said.seconds_after_rollout
    when = "" if since is None else f" {_seconds(since)} after its rollout began"
    return f"{said.verdict}{when} ({evidence})"


def _seconds(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.1f} s"


def _share(ratio: float | None) -> str:
    return "nothing" if ratio is None else f"{ratio:.0%}"
