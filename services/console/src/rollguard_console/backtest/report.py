"""
The report of a backtest: one HTML file with everything in it, for whoever decides whether a policy may act.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from html import escape

from rollguard_console.backtest import table
from rollguard_console.backtest.drawing import Mark, timeline
from rollguard_console.backtest.incidents import Incident
from rollguard_console.backtest.judging import Judgement
from rollguard_console.backtest.past import Past
from rollguard_console.output import Table
from rollguard_runtime.replayed import Minute
from rollguard_schemas.signals import AnomalyOpened, BreachForecast, ObjectiveBreached

_MOST_TIMELINES = 200
_SIGNALS = {BreachForecast: "forecast", ObjectiveBreached: "breach", AnomalyOpened: "anomaly"}
_STYLE = """
:root{color-scheme:light dark}body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:1000px;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0;width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8885;
vertical-align:top}svg{width:100%;background:#8881;border-radius:6px;margin:.2rem 0 1rem}svg text{font-size:11px;fill:currentColor}
.metric{fill:#4a7dbd}.bound{stroke:#c33;stroke-dasharray:5 4}.incident{fill:#d9534f44}.other{fill:#99999944}
.rollout line{stroke:#2a8}.rollout circle{fill:#2a8}.signal line{stroke:#c80;opacity:.35}.signal circle{fill:#c80}
.first line{stroke:#a0a}.first circle{fill:#a0a}.second line{stroke:#06c}.second circle{fill:#06c}
.key span{margin-right:1.2rem}.key i{display:inline-block;width:.8em;height:.8em;border-radius:50%;margin-right:.3em}
"""


def report(pasts: Sequence[Past], judgements: Sequence[Judgement], incidents: Sequence[Incident]) -> str:
    """Write the page."""
    names = " against ".join(past.name for past in pasts)
    body = [f"<h1>What {escape(names)} would have done</h1>", _html(table.comparison(judgements))]
    if incidents:
        body += ["<h2>Incidents</h2>", _html(table.incidents(judgements))]
    body += ["<h2>Rollbacks</h2>", _html(table.decisions(judgements)), "<h2>Timelines</h2>", _key(pasts)]
    body += _timelines(pasts, incidents)
    head = f'<meta charset="utf-8"><title>Backtest: {escape(names)}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(body)}</body></html>\n'


def _timelines(pasts: Sequence[Past], incidents: Sequence[Incident]) -> Iterator[str]:
    """Draw what is worth a look: the workloads of an incident or a rollback; all of them where there are few."""
    courses: defaultdict[tuple[str, str], dict[float, Minute]] = defaultdict(dict)
    for past in reversed(pasts):
        for minute in past.minutes:
            courses[minute.workload, minute.objective][minute.from_unix_seconds] = minute
    busy = {one.workload for one in incidents} | {one.workload for past in pasts for one in past.rollbacks}
    wanted = sorted(courses, key=lambda key: (key[0] not in busy, key))[:_MOST_TIMELINES]
    for workload, objective in wanted:
        marks = [mark for number, past in enumerate(pasts) for mark in _marks_of(past, workload, number)]
        drawn = timeline(list(courses[workload, objective].values()), [one for one in incidents if one.workload == workload], marks)
        yield f"<h3>{escape(workload)}: {escape(objective)}</h3>{drawn}"
    if len(courses) > len(wanted):
        yield f"<p>{len(courses) - len(wanted)} more are not drawn: nothing happened to them.</p>"


def _marks_of(past: Past, workload: str, number: int) -> Iterator[Mark]:
    if number == 0:
        for rollout in past.rollouts:
            if rollout.workload == workload:
                told = f"rollout {rollout.from_revision or 'none'} -> {rollout.to_revision}"
                yield Mark(rollout.time_unix_seconds, "rollout", told)
        for signal in past.signals:
            if signal.workload == workload and type(signal) in _SIGNALS:
                yield Mark(signal.time_unix_seconds, "signal", f"{_SIGNALS[type(signal)]}: {signal.evidence.summary}", row=1)
    for decision in past.rollbacks:
        if decision.workload == workload:
            told = f"{past.name}: {decision.explanation.summary}"
            yield Mark(decision.time_unix_seconds, ("first", "second")[number], told, row=2)


def _key(pasts: Sequence[Past]) -> str:
    kinds = [
        ("#2a8", "rollout"),
        ("#c80", "signal"),
        *zip(("#a0a", "#06c"), (f"rollback by {past.name}" for past in pasts), strict=False),
    ]
    spans = "".join(f'<span><i style="background:{colour}"></i>{escape(told)}</span>' for colour, told in kinds)
    return f'<p class="key">{spans}<span>red: the bound; shaded: an incident</span></p>'


def _html(shown: Table) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in shown.columns)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in shown.rows)
    return f"<table><tr>{head}</tr>{rows}</table>" if shown.rows else "<p>none</p>"
