"""
An alert as plain text, for every channel that shows text, and the few fields that most channels want.
"""

from datetime import UTC, datetime

import msgspec

from rollguard_schemas.alerts import Alert
from rollguard_schemas.decisions import Withheld

PRODUCT = "rollguard"


def headline(alert: Alert) -> str:
    """Return one line: the state in front, as it is read on a telephone."""
    state = {"opened": alert.severity.upper(), "updated": alert.severity.upper(), "resolved": "RESOLVED"}[alert.status]
    return f"[{state}] {alert.title}"


def why(alert: Alert) -> list[str]:
    """Return the decision's own explanation as lines: what is blamed, which gates passed or held, what each series adds."""
    explanation, attribution = alert.decision.explanation, alert.decision.attribution
    lines = [explanation.summary, f"cause {attribution.cause}: {attribution.summary}"]
    lines += [f"gate {gate}" for gate in explanation.gates]
    for part in explanation.contributions:
        observed = "" if part.observed is None else f", observed {part.observed:g}"
        expected = "" if part.expected is None else f", expected {part.expected:g}"
        lines.append(f"{part.share_ratio:.0%} {part.series}{observed}{expected}")
    if isinstance(alert.decision, Withheld):
        lines.append(f"what would change it: {alert.decision.would_change}")
    return lines


def next_steps(alert: Alert) -> list[str]:
    """Return what to do next, as lines to type."""
    return [f"{step.command}   # {step.does}" for step in alert.next_steps]


def page(alert: Alert) -> str:
    """Return the whole alert as text."""
    parts = [alert.summary, "", "Why", *(f"  {line}" for line in why(alert)), ""]
    parts += ["What to do next", *(f"  {line}" for line in next_steps(alert)), ""]
    parts += [f"workload {alert.workload}, since {instant(alert.opened_unix_seconds)}, incident {alert.incident}"]
    return "\n".join(parts)


def instant(unix_seconds: float) -> str:
    """Write an instant as RFC 3339, in UTC."""
    return datetime.fromtimestamp(unix_seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def decision_json(alert: Alert) -> str:
    """Return the decision as it stands on the topic and as ``rollguard explain --json`` shows it."""
    return msgspec.json.encode(alert.decision).decode()


def shortened(text: str, most: int) -> str:
    """Cut a text to so many characters, visibly."""
    return text if len(text) <= most else text[: most - 1] + "…"


def escaped(text: str, escapes: dict[str, str]) -> str:
    """Replace characters that a channel would read as markup."""
    return "".join(escapes.get(character, character) for character in text)
