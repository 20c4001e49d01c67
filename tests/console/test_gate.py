"""The gate before a promotion: only evidence against a candidate closes it, only evidence for it opens it."""

import msgspec
import pytest

from rollguard_console.gate import passage
from rollguard_schemas.commands import Quarantine, Release, Veto
from rollguard_schemas.evidence import Evidence
from rollguard_schemas.signals import ObjectiveBreached, ObjectiveRecovered, Regression
from rollguard_schemas.topics import COMMANDS, DECISIONS, SIGNALS
from support.incident import BEGAN, FORECAST, RECOMMENDED, WORKLOAD


def compared(verdict, *, at=100.0, attribution="rollout", revision="7"):
    return Regression(
        id=f"regression-{verdict}-{at}",
        workload=WORKLOAD,
        time_unix_seconds=BEGAN + at,
        revision=revision,
        evidence=Evidence(summary=f"p99 is {verdict}"),
        metric="p99",
        control_revision="6",
        verdict=verdict,
        log_e_value=5.0,
        effect_low=1.1,
        effect_high=1.4,
        attribution=attribution,
        windows=9,
        candidate_samples=40,
        control_samples=400,
    )


def objective(kind, *, at, id="breach-1"):  # noqa: A002  # the field
    shared = {
        name: getattr(FORECAST, name)
        for name in ("workload", "revision", "evidence", "episode", "objective", "metric", "bound", "direction")
    }
    return kind(id=id, time_unix_seconds=BEGAN + at, value=0.3, consecutive_samples=3, **shared)


def quarantine(kind=Quarantine, *, id="q-1", at=50.0, **more):  # noqa: A002  # the field
    return kind(id=id, workload=WORKLOAD, time_unix_seconds=BEGAN + at, by="ada", why="leaks", revision="7", **more)


BREACH = objective(ObjectiveBreached, at=70)
RECOVERY = objective(ObjectiveRecovered, at=80, id="recovery-1")
VETO = Veto(id="veto-1", workload=WORKLOAD, time_unix_seconds=BEGAN + 65, by="ada", why="no", decision_id="rollback-1")
CASES = {
    "nothing said": ((), "inconclusive"),
    "healthy": ((compared("healthy"),), "healthy"),
    "degraded": ((compared("degraded"),), "degraded"),
    "not enough seen": ((compared("inconclusive"),), "inconclusive"),
    "the last word counts": ((compared("degraded", at=90), compared("healthy", at=100)), "healthy"),
    "the last word by time, not by order": ((compared("healthy", at=100), compared("degraded", at=90)), "healthy"),
    "another revision": ((compared("healthy", revision="6"),), "inconclusive"),
    "both arms moved": ((compared("degraded", attribution="global"),), "inconclusive"),
    "no control beside it": ((compared("degraded", attribution="unknown"),), "degraded"),
    "a breach on it": ((compared("healthy"), BREACH), "degraded"),
    "a breach that is over": ((compared("healthy"), BREACH, RECOVERY), "healthy"),
    "taken back": ((compared("healthy"), RECOMMENDED), "degraded"),
    "taken back and vetoed": ((compared("healthy"), RECOMMENDED, VETO), "healthy"),
    "quarantined": ((compared("healthy"), quarantine()), "degraded"),
    "quarantined for a while": ((compared("healthy"), quarantine(until_unix_seconds=BEGAN + 150)), "healthy"),
    "quarantined and released": ((compared("healthy"), quarantine(), quarantine(Release, id="q-2", at=60)), "healthy"),
    "a forecast alone": ((FORECAST,), "inconclusive"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_gate_says_what_the_evidence_says(name):
    events, verdict = CASES[name]
    found = passage(WORKLOAD, "7", events, BEGAN + 200)

    assert found.verdict == verdict, found.summary
    assert found.because
    assert found.would_change


@pytest.mark.parametrize(("verdict", "code"), [("healthy", 0), ("degraded", 1), ("inconclusive", 2)])
def test_the_verdict_is_the_exit_code(rollguard, verdict, code):
    rollguard.say(SIGNALS, compared(verdict))
    words = ("gate", "--workload", WORKLOAD, "--candidate", "7")

    assert rollguard(*words).exit_code == code
    assert rollguard.document(*words, code=code)["verdict"] == verdict


def test_a_rollback_and_a_quarantine_on_the_topics_close_it(rollguard):
    rollguard.say(SIGNALS, compared("healthy"))
    rollguard.say(DECISIONS, RECOMMENDED)
    rollguard.say(COMMANDS, quarantine())
    shown = rollguard("gate", "--workload", WORKLOAD, "--candidate", "7")

    assert shown.exit_code == 1
    assert "it is quarantined by ada: leaks; rollback-1 takes it back" in shown.stdout
    assert "the gate is closed" in shown.stderr


def test_it_waits_for_a_verdict_no_longer_than_told(rollguard):
    assert rollguard("gate", "--workload", WORKLOAD, "--candidate", "7", "--wait", "12s").exit_code == 2
    assert rollguard.slept_seconds == [5.0, 5.0, 2.0]


def test_another_workload_says_nothing_of_it():
    other = msgspec.structs.replace(compared("healthy"), workload="shop/other")
    assert passage(WORKLOAD, "7", [other], BEGAN).verdict == "inconclusive"
