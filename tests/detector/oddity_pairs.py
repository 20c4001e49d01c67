"""
The banks of oddity, each beside its one-series form: how both are made, and how they are asked.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from detector.bank_contract import Ask
from rollguard_detector.core.banks.bank import Bank
from rollguard_detector.core.banks.deviation import DeviationBank
from rollguard_detector.core.banks.incident import IncidentBank
from rollguard_detector.core.banks.judgement import JudgementBank
from rollguard_detector.core.banks.seen import SeenBank
from rollguard_detector.core.banks.stuck import RunSurprises, StuckBank
from rollguard_detector.core.banks.surprise import DeviationSurpriseBank, SurpriseBank
from rollguard_detector.core.oddity.deviation import Deviation
from rollguard_detector.core.oddity.grade import DEVIATIONS
from rollguard_detector.core.oddity.incident import Incident
from rollguard_detector.core.oddity.judgement import Judgement
from rollguard_detector.core.oddity.seen import Seen
from rollguard_detector.core.oddity.stuck import KEPT_RUNS, LEAST_RUN_EXPONENT, Stuck
from rollguard_detector.core.oddity.surprise import Surprise

Answer = Callable[[float, float], float]


class Pair(NamedTuple):
    """A bank, how it is asked, and what its one-series form answers to a time and a value."""

    make: Callable[[], Bank]
    ask: Ask
    alone: Callable[[], Answer]


def a_seen() -> Answer:
    seen = Seen()
    return lambda _at, value: seen.distance_then_learn(value)


def a_surprise() -> Answer:
    surprise = Surprise()
    return lambda _at, value: surprise.score_then_learn(abs(value))


def a_deviation_surprise() -> Answer:
    surprise = Surprise(scale=DEVIATIONS)
    return lambda _at, value: surprise.score_then_learn(abs(value))


def a_run_surprise() -> Answer:
    surprise = Surprise(KEPT_RUNS, LEAST_RUN_EXPONENT)
    return lambda _at, value: surprise.score_then_learn(abs(value))


def a_deviation() -> Answer:
    deviation = Deviation()
    return lambda _at, value: deviation.score_then_learn(value)


def an_incident() -> Answer:
    incident = Incident()
    return lambda _at, value: incident.merge(value) + 0.5 * incident.lasts()


def a_stuck() -> Answer:
    stuck = Stuck()
    return lambda _at, value: stuck.score_then_learn(value)


PAIRS = {
    "seen": Pair(SeenBank, lambda bank, rows, at, values: bank.distance_then_learn(rows, values), a_seen),
    "surprise": Pair(SurpriseBank, lambda bank, rows, at, values: bank.score_then_learn(rows, np.abs(values)), a_surprise),
    "deviation surprise": Pair(
        DeviationSurpriseBank, lambda bank, rows, at, values: bank.score_then_learn(rows, np.abs(values)), a_deviation_surprise
    ),
    "run surprise": Pair(RunSurprises, lambda bank, rows, at, values: bank.score_then_learn(rows, np.abs(values)), a_run_surprise),
    "deviation": Pair(DeviationBank, lambda bank, rows, at, values: bank.score_then_learn(rows, values), a_deviation),
    "incident": Pair(IncidentBank, lambda bank, rows, at, values: bank.merge(rows, values) + 0.5 * bank.lasts(rows), an_incident),
    "judgement": Pair(
        JudgementBank, lambda bank, rows, at, values: bank.score_then_learn(rows, at, values), lambda: Judgement().score_then_learn
    ),
    "stuck": Pair(StuckBank, lambda bank, rows, at, values: bank.score_then_learn(rows, values), a_stuck),
}
