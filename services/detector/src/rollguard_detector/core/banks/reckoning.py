"""
What the models say of a round of samples, held against what the budget of each series asks for.

The rule: all is told in bits above what is asked, so that one number decides whether something may ring; and a series that has not
been seen for long states no return period much longer than that. Logarithms are ``exact``'s, which are the same on every machine.
"""

from math import log, log2
from typing import NamedTuple

import numpy as np

from rollguard_detector.core import loops
from rollguard_detector.core.banks import exact
from rollguard_detector.core.banks.bank import Flags, Floats
from rollguard_detector.core.banks.cadence import Cadence
from rollguard_detector.core.banks.departures import Seen
from rollguard_detector.core.banks.evidence import EvidenceAnswers
from rollguard_detector.core.budget import BEYOND_THE_PAST_BITS, DAY_SECONDS, LEAST_SAMPLES, MOST, TINY_DAYS, VETO
from rollguard_detector.core.oddity.judgement import LEAST_DAYS, JudgementSettings

_BITS_A_POWER, _LEAST_DAYS_BITS, _TINY_BITS, _LOG_TWO = log2(10.0), log2(LEAST_DAYS), log2(TINY_DAYS), log(2.0)
_LEAST = 1.0 / MOST


class Said(NamedTuple):
    """What the models say of one sample a row, each in its own measure, and the days that its budget allows."""

    values: Floats
    level: Floats
    deviation: Floats
    is_known: Flags  # that level and deviation mean anything
    scores: Floats  # of the judgement, in [0, 1)
    stuck: Floats  # powers of ten
    evidence: EvidenceAnswers
    cadence: Cadence
    budget_days: Floats


class Reckoned(NamedTuple):
    """What they say in bits above what is asked, the bits that are asked, and residuals that are NaN where no level is known."""

    seen: Seen
    needed: Floats
    residual: Floats


def reckon(said: Said) -> Reckoned:
    """Return what was said in bits above what the budget asks for."""
    if (loop := loops.of("reckoning")) is not None:
        (residual, *bits, needed, known), is_warm = loop.reckon(said)
        return Reckoned(Seen._make((residual, said.level, said.deviation, *bits, is_warm)), needed, known)
    told, cadence, is_known = said.evidence, said.cadence, said.is_known
    needed = _bits(np.maximum(said.budget_days * DAY_SECONDS / cadence.interval_seconds, LEAST_SAMPLES))
    # A young series cannot state a return period much longer than it has been seen: its own past has to agree as far as it can.
    stated = np.minimum(needed, exact.log2(cadence.samples.astype(np.float64) + 1.0) + BEYOND_THE_PAST_BITS)
    short = np.minimum(told.return_bits - stated, 0.0) * VETO - needed
    residual = np.where(is_known, (said.values - said.level) / np.where(is_known, said.deviation, 1.0), 0.0)
    evidence = (told.up + short, told.down + short, told.wider + short, told.narrower + short)
    novelty = _return_bits(said.scores) - _bits(said.budget_days)
    stuck = said.stuck * _BITS_A_POWER - needed
    seen = Seen(residual, said.level, said.deviation, *evidence, novelty, stuck, told.is_warm & is_known)
    return Reckoned(seen, needed, np.where(is_known, residual, np.nan))


def _bits(numbers: Floats) -> Floats:
    return exact.log2(np.minimum(numbers, MOST))


def _return_bits(scores: Floats) -> Floats:
    """Return after how many days something scored so high returns, in bits: the inverse of ``worth``; most score nothing."""
    told, scored = np.full(len(scores), _TINY_BITS), scores > 0.0
    powers = scores[scored] * JudgementSettings().alarm_worth / np.maximum(1.0 - scores[scored], _LEAST)
    low = 1.0 + exact.log2(np.minimum(np.maximum(powers, _LEAST), 1.0)) * _LOG_TWO
    told[scored] = np.maximum(_LEAST_DAYS_BITS + np.where(powers >= 1.0, powers, low) * _BITS_A_POWER, _TINY_BITS)
    return told
