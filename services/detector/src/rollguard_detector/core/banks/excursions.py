"""
Evidence and its own past excursions in bulk: ``core/evidence/excursions`` row by row, one column a direction.
"""

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import numpy as np

from rollguard_detector.core.banks.bank import Bank, Column, Flags, Floats, Rows, put_side_by_side, side_by_side
from rollguard_detector.core.banks.exact import log2
from rollguard_detector.core.evidence import excursions as one

_EACH = (one.DIRECTIONS,)


class Rarity(NamedTuple):
    """How rare each row's evidence is, and whether a new incident begins."""

    return_bits: Floats
    alarm: Flags


class ExcursionsBank(Bank):
    """Evidence in bits, the tops of the excursions that go on, and what the past ones were worth."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {
        "evidence": Column(shape=_EACH),
        "tops": Column(shape=_EACH),
        "peaks": Column(shape=_EACH),
        "excess_bits": Column(shape=_EACH),
        "is_open": Column(np.bool_, shape=_EACH),
        "largest_bits": Column(),
        "seen": Column(),
        "since": Column(initial=one.CALM_SAMPLES),
    }

    evidence: Floats
    tops: Floats
    peaks: Floats
    excess_bits: Floats
    is_open: Flags
    largest_bits: Floats
    seen: Floats
    since: Floats

    def __init__(self, run_length: float) -> None:
        super().__init__()
        self.asked_bits = np.array(one.asked_bits(run_length)).reshape(-1, 1)

    def add(self, rows: Rows, tails: Floats, frozen: Flags) -> Rarity:
        """Add a sample's tails, (directions, rows)."""
        bits, ebbed = self._grow(rows, tails, frozen)
        self._age(rows[~frozen])
        return_bits = np.zeros(bits.shape)
        directions, places = np.nonzero(bits > one.THRESHOLD_BITS)
        return_bits[directions, places] = self._return_bits(rows[places], directions)
        reached = (bits >= self.asked_bits) & (return_bits >= self.asked_bits)
        was_open = side_by_side(self.is_open, rows) & ~ebbed
        put_side_by_side(self.is_open, rows, reached | was_open)
        rings = np.logical_or.reduce(reached & ~was_open)
        return Rarity(np.maximum.reduce(return_bits), self._ring_once(rows, rings))

    def forget(self, rows: Rows) -> None:
        """Let rows gather anew; what the excursions that go on were worth is learned."""
        self._keep(rows, side_by_side(self.tops, rows))
        self.drop(rows)

    def drop(self, rows: Rows) -> None:
        """Let rows gather anew, as if the excursions that go on had not been."""
        self.evidence[rows] = self.tops[rows] = 0.0
        self.is_open[rows] = False
        self.since[rows] = one.CALM_SAMPLES

    def _grow(self, rows: Rows, tails: Floats, frozen: Flags) -> tuple[Floats, Flags]:
        """Add the tails; return the evidence, and which excursions are over; all is (directions, rows)."""
        half = np.sqrt(tails)
        quarter = np.sqrt(half)
        paid = log2((0.25 / (half * quarter) + 0.5 / half + 0.75 / quarter + 0.875 / np.sqrt(quarter)) * 0.25)
        grown = np.minimum(np.maximum(side_by_side(self.evidence, rows) + paid, 0.0), one.MOST_BITS)
        tops = side_by_side(self.tops, rows)
        ebbed: Flags = (tops > 0.0) & (grown <= np.maximum(0.0, tops - one.EBB_BITS))
        self._keep(rows, np.where(ebbed & ~frozen, tops, 0.0))
        evidence = np.where(ebbed, 0.0, grown)
        put_side_by_side(self.evidence, rows, evidence)
        put_side_by_side(self.tops, rows, np.where(ebbed, 0.0, np.maximum(tops, grown)))
        return evidence, ebbed

    def _keep(self, rows: Rows, tops: Floats) -> None:
        """Keep the tops (directions, rows) of what is over."""
        directions, places = np.nonzero(tops > one.THRESHOLD_BITS)
        bits, those = tops[directions, places], rows[places]
        self.peaks[those, directions] += 1.0
        self.excess_bits[those, directions] += bits - one.THRESHOLD_BITS
        np.maximum.at(self.largest_bits, those, np.minimum(bits, one.MOST_LARGEST_BITS))

    def _age(self, rows: Rows) -> None:
        self.seen[rows] += 1.0
        old = rows[self.seen[rows] > one.REMEMBERED_SAMPLES]
        self.seen[old] *= 0.5
        self.peaks[old] *= 0.5
        self.excess_bits[old] *= 0.5
        self.largest_bits[old] *= one.FADING

    def _return_bits(self, rows: Rows, directions: Rows) -> Floats:
        """Return the return periods of the evidence in these rows and directions, which is above the threshold."""
        samples, bits, peaks = log2(self.seen[rows] + 1.0), self.evidence[rows, directions], self.peaks[rows, directions]
        beyond = (bits - one.THRESHOLD_BITS) / (self.excess_bits[rows, directions] + one.PRIOR_PEAKS * one.PRIOR_BITS)
        rare: Floats = samples - log2(peaks + 1.0) + (peaks + one.PRIOR_PEAKS) * log2(1.0 + beyond)
        return np.where(bits <= self.largest_bits[rows], samples - 1.0, rare)

    def _ring_once(self, rows: Rows, rings: Flags) -> Flags:
        since = self.since[rows]
        self.since[rows] = np.where(rings, 0.0, since + 1.0)
        return rings & (since >= one.CALM_SAMPLES)
