"""
What history left open: said once, with the first live point, and not at all where it ended or was said before.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.worlds import WORKLOAD
from rollguard_detector.core.standing import Standing
from rollguard_schemas.evidence import Evidence, Quantiles
from rollguard_schemas.signals import (
    AnomalyCleared,
    AnomalyOpened,
    BreachForecast,
    ObjectiveBreached,
    ObjectiveRecovered,
    RevisionServing,
)

THREADS = ("one", "two")
OPENINGS = {"anomaly": AnomalyOpened, "forecast": BreachForecast, "breach": ObjectiveBreached}
ENDS = {"anomaly": AnomalyCleared, "forecast": ObjectiveRecovered, "breach": ObjectiveRecovered}


def _signal(kind, thread, number, *, is_end=False, workload=WORKLOAD):
    shared = {
        "id": f"{kind}-{thread}-{number}",
        "workload": workload,
        "time_unix_seconds": float(number),
        "revision": "7",
        "evidence": Evidence(summary="so it was"),
    }
    if kind == "revision":
        return RevisionServing(**shared, previous_revision=None)
    type_ = (ENDS if is_end else OPENINGS)[kind]
    if kind == "anomaly":
        fields = {"incident": thread, "metric": "m"} | ({} if is_end else {"direction": "up", "score": 1.0, "severity": "low"})
        return type_(**shared, **fields)
    objective = {"episode": thread, "objective": "o", "metric": "m", "bound": 1.0, "direction": "above", "value": 2.0}
    if type_ is BreachForecast:
        wait = Quantiles(p10=1.0, p50=2.0, p90=3.0)
        return type_(**shared, **objective, probability=1.0, horizon_seconds=60.0, time_to_breach_seconds=wait)
    return type_(**shared, **objective, consecutive_samples=3)


@st.composite
def histories(draw):
    """Draw signals in which every end comes after its opening, as the detector's do."""
    drawn, is_open = [], {}
    for number in range(draw(st.integers(0, 25))):
        kind = draw(st.sampled_from([*OPENINGS, "revision"]))
        key = ("incident-" if kind == "anomaly" else "episode-") + draw(st.sampled_from(THREADS))
        is_end = kind != "revision" and key in is_open and draw(st.booleans())
        drawn.append(_signal(kind, key, number, is_end=is_end))
        if kind != "revision":
            is_open.pop(key, None) if is_end else is_open.update({key: drawn[-1]})
    return drawn, list(is_open.values())


@given(histories())
def test_what_was_opened_and_not_ended_stands_in_order_and_so_does_the_last_revision(history):
    signals, is_open = history
    standing = Standing()
    standing.hear(signals)
    last = [signal for signal in signals if isinstance(signal, RevisionServing)][-1:]
    assert standing.say(WORKLOAD) == sorted([*is_open, *last], key=lambda signal: signal.time_unix_seconds)


def test_it_is_said_once_and_to_each_workload_its_own():
    mine, other = _signal("breach", "one", 1), _signal("breach", "two", 2, workload="shop/other")
    standing = Standing()
    standing.hear([mine, other])
    assert [standing.say(name) for name in (WORKLOAD, WORKLOAD, "shop/other", "shop/unknown")] == [[mine], [], [other], []]


@pytest.mark.parametrize("kind", [*OPENINGS, "revision"])
def test_what_an_earlier_process_said_stands_no_more(kind):
    standing = Standing()
    standing.hear([_signal(kind, "one", 1)])
    standing.forget(WORKLOAD)
    assert standing.say(WORKLOAD) == []
