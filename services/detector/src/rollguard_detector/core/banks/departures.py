"""
When does a series leave its range, when is it back, and when is the new level its own?

The rule: a departure needs a budgeted surprise *and* size *and* persistence, and has exactly one end: back to what was likely at
its beginning, or adopted. While it is open the series is measured against the reference of its beginning; against the models, which
go on learning, every lasting fault would become normal within minutes and be called over.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core import loops
from rollguard_detector.core.banks import departing as so
from rollguard_detector.core.banks.bank import Bank, Column, Flags, Floats, Rows
from rollguard_detector.core.banks.departing import ADOPTION, DEPARTURE, LEVEL, NONE, NOTHING, RETURN, SPIKE, SPREAD, STUCK

_FOUND = ("finding", "kind", "sign", "deviations", "opened_at", "expected", "scale", "evidence")  # the first of ``Findings``


class Seen(NamedTuple):
    """What the models say of one sample a row, before they learned it; arrays of one length."""

    residual: Floats  # standardised
    expected: Floats
    scale: Floats
    up: Floats  # evidence in bits above what the budget asks for
    down: Floats
    wider: Floats
    narrower: Floats
    novelty: Floats  # the return period of such a sample, in the same measure
    stuck: Floats  # the same of such a run of equal values
    is_warm: Flags


class Gates(NamedTuple):
    """What the business says is worth a word, a row: direction (-1, 0 for both, 1), least absolute and relative deviation."""

    sign: Floats
    least_absolute: Floats
    least_relative: Floats
    samples_in_a_row: Floats


class Findings(NamedTuple):
    """What a round found, a row: codes of FINDINGS and KINDS, side, smoothed deviations, and the reference that counts."""

    finding: NDArray[np.int8]
    kind: NDArray[np.int8]
    sign: Floats
    deviations: Floats
    opened_at: Floats
    expected: Floats
    scale: Floats
    evidence: Floats
    samples: NDArray[np.int32]
    recent: Floats
    was_overdue: Flags
    due_at: Floats  # when the next sample is overdue
    residual: Floats  # the sample in deviations from what its own model expected; NaN where that knows too little

    @classmethod
    def quiet(cls, samples: NDArray[np.int32], recent: Floats) -> "Findings":
        """Return what samples say that find nothing; who knows when the next one is due fills that in."""
        zeros, nothing = np.zeros(len(samples)), np.zeros(len(samples), np.int8)
        never = np.full(len(samples), np.inf)
        return cls(
            nothing, nothing, zeros, zeros, zeros, zeros, zeros, zeros, samples, recent, nothing.astype(np.bool_), never, zeros
        )


class DepartureBank(Bank):
    """The state of departures: calm or open, and since when against what."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {
        "samples": Column(np.int32),
        "is_known_stuck": Column(np.bool_),  # its standing still was told and adopted
        "smoothed": Column(),  # residual
        "recent": Column(),  # value
        "size": Column(initial=so.USUAL_SIZE),  # of the residual
        "odd_run": Column(np.int32),
        "run_novelty": Column(initial=-np.inf),
        "kind": Column(np.int8, NONE),
        "sign": Column(np.int8),
        "opened_at": Column(),
        "expected": Column(),
        "scale": Column(),
        "open_samples": Column(np.int32),
        "returned": Column(np.int16),
        "calm": Column(np.int16),
    }
    samples: NDArray[np.int32]
    is_known_stuck: Flags
    smoothed: Floats
    recent: Floats
    size: Floats
    odd_run: NDArray[np.int32]
    run_novelty: Floats
    kind: NDArray[np.int8]
    sign: NDArray[np.int8]
    opened_at: Floats
    expected: Floats
    scale: Floats
    open_samples: NDArray[np.int32]
    returned: NDArray[np.int16]
    calm: NDArray[np.int16]

    def find(self, rows: Rows, at_seconds: Floats, values: Floats, seen: Seen, gates: Gates) -> Findings:
        """Take one sample a row in and say what it begins or ends."""
        if (loop := loops.of("departures")) is not None:
            finding, kind, fields, samples, recent = loop.find(self, rows, at_seconds, values, seen, gates)
            return Findings(finding, kind, *fields, *Findings.quiet(samples, recent)[len(fields) + 2 :])
        self._smooth(rows, values, seen)
        is_open = self.kind[rows] != NONE
        kind = np.where(is_open, NONE, self._departing(rows, seen, gates))
        finding = np.where(kind != NONE, DEPARTURE, NOTHING).astype(np.int8)
        finding[is_open] = self._ending(rows[is_open], at_seconds[is_open], seen.stuck[is_open])
        self._open(rows, at_seconds, seen, kind)
        told = self._told(rows, finding, seen)
        self._close(rows, finding)
        return told

    def _smooth(self, rows: Rows, values: Floats, seen: Seen) -> None:
        """Follow residual, value and size; while the models are cold there is nothing to follow."""
        warm = seen.is_warm
        residual = np.clip(seen.residual, -so.MOST_RESIDUAL, so.MOST_RESIDUAL)
        recent = np.where(self.samples[rows] == 0, 1.0, so.SMOOTHING) * (values - self.recent[rows])
        size = so.SLOW_SMOOTHING * (np.minimum(np.abs(residual), so.MOST_SIZE) - self.size[rows])
        self.samples[rows] += warm
        self.smoothed[rows] += np.where(warm, so.SMOOTHING * (residual - self.smoothed[rows]), 0.0)
        self.recent[rows] += np.where(warm, recent, 0.0)
        self.size[rows] += np.where(warm, size, 0.0)
        odd = warm & (np.abs(residual) >= so.LEAST_DEVIATIONS)
        self.odd_run[rows] = np.where(odd, self.odd_run[rows] + 1, 0)
        self.run_novelty[rows] = np.where(odd, np.maximum(self.run_novelty[rows], seen.novelty), -np.inf)

    def _departing(self, rows: Rows, seen: Seen, gates: Gates) -> NDArray[np.int8]:
        """Return the kind of departure that each calm row begins."""
        smoothed, size = self.smoothed[rows], self.size[rows]
        evidence = np.where(smoothed > 0, seen.up, seen.down)
        moved = np.abs(self.recent[rows] - seen.expected)
        matters = (
            seen.is_warm
            & (moved >= gates.least_absolute)
            & (moved >= gates.least_relative * np.abs(seen.expected))
            & ((gates.sign == 0) | (gates.sign == np.sign(smoothed)))
        )
        level = matters & (evidence >= 0.0) & (np.abs(smoothed) >= so.LEAST_DEVIATIONS)
        spike = matters & (self.run_novelty[rows] >= 0.0) & (self.odd_run[rows] >= gates.samples_in_a_row)
        wider = (seen.wider >= 0.0) & (size >= so.WIDER * so.USUAL_SIZE)
        narrower = (seen.narrower >= 0.0) & (size <= so.NARROWER * so.USUAL_SIZE)
        in_place = np.abs(smoothed) < so.MOVED  # what moved to one side did not only scatter
        spread = seen.is_warm & (gates.sign == 0) & in_place & (wider | narrower)
        self.is_known_stuck[rows] &= seen.stuck >= 0.0
        stuck = seen.is_warm & (seen.stuck >= 0.0) & ~self.is_known_stuck[rows]
        kind: NDArray[np.int8] = np.full(len(rows), NONE, np.int8)
        for found, code in ((spread, SPREAD), (stuck, STUCK), (spike, SPIKE), (level, LEVEL)):  # the last that holds is told
            kind[found] = code
        return kind

    def _open(self, rows: Rows, at_seconds: Floats, seen: Seen, kind: NDArray[np.int8]) -> None:
        begins = kind != NONE
        chosen = rows[begins]
        if not len(chosen):
            return
        self.kind[chosen] = kind[begins]
        grew = np.where(kind[begins] == SPREAD, self.size[chosen] - so.USUAL_SIZE, self.smoothed[chosen])
        self.sign[chosen] = np.where(kind[begins] == STUCK, 0, np.sign(grew))
        self.opened_at[chosen] = at_seconds[begins]
        self.expected[chosen], self.scale[chosen] = seen.expected[begins], seen.scale[begins]
        self.open_samples[chosen] = self.returned[chosen] = self.calm[chosen] = 0

    def _ending(self, rows: Rows, at_seconds: Floats, stuck: Floats) -> NDArray[np.int8]:
        """Return how each open row ends, if it does."""
        kind = self.kind[rows]
        near = np.abs(self.recent[rows] - self.expected[rows]) < so.CALM_BELOW * self.scale[rows]
        usual = (self.size[rows] < so.CALM_BELOW * so.USUAL_SIZE) & (self.size[rows] > so.USUAL_SIZE / so.CALM_BELOW)
        back = np.select([kind == SPREAD, kind == STUCK], [usual, stuck < 0.0], near)
        self.open_samples[rows] += 1
        self.returned[rows] = np.where(back, np.minimum(self.returned[rows] + 1, so.RETURNED_SAMPLES), 0)
        calm = np.abs(self.smoothed[rows]) < so.CALM_BELOW
        self.calm[rows] = np.where(calm, np.minimum(self.calm[rows] + 1, so.CALM_SAMPLES), 0)
        lasted = at_seconds - self.opened_at[rows] > so.ADOPTED_AFTER_SECONDS
        adopted = (self.open_samples[rows] >= so.CALM_SAMPLES) & (lasted | (self.calm[rows] >= so.CALM_SAMPLES))
        return np.select([self.returned[rows] >= so.RETURNED_SAMPLES, adopted], [RETURN, ADOPTION], NOTHING).astype(np.int8)

    def _close(self, rows: Rows, finding: NDArray[np.int8]) -> None:
        adopted, ended = rows[finding == ADOPTION], rows[(finding == RETURN) | (finding == ADOPTION)]
        self.is_known_stuck[adopted] |= self.kind[adopted] == STUCK
        self.kind[ended] = NONE
        self.smoothed[ended] = 0.0
        self.size[ended] = so.USUAL_SIZE
        self.odd_run[ended] = 0

    def _told(self, rows: Rows, finding: NDArray[np.int8], seen: Seen) -> Findings:
        """Return what was found; of rows in which nothing was, zeros beside what all tell."""
        told = Findings.quiet(self.samples[rows], self.recent[rows])
        places = finding.nonzero()[0]
        if not len(places):
            return told
        found, columns = rows[places], {name: np.zeros_like(getattr(told, name)) for name in _FOUND}
        for name, of_found in zip(_FOUND, (finding[places], *self._found(found, places, seen)), strict=True):
            columns[name][places] = of_found
        return told._replace(**columns)

    def _found(self, rows: Rows, places: Rows, seen: Seen) -> tuple[NDArray[Any], ...]:
        """Return kind, side, deviations, reference and evidence of rows in which something was found."""
        kind, sign = self.kind[rows], self.sign[rows]
        sizes = np.select([kind == SPREAD, kind == STUCK], [self.size[rows] / so.USUAL_SIZE, 0.0], np.abs(self.smoothed[rows]))
        level = np.where(sign > 0, seen.up[places], seen.down[places])
        spread = np.where(sign > 0, seen.wider[places], seen.narrower[places])
        evidence = np.select(
            [kind == LEVEL, kind == SPREAD, kind == STUCK], [level, spread, seen.stuck[places]], self.run_novelty[rows]
        )
        return kind, sign, sizes, self.opened_at[rows], self.expected[rows], self.scale[rows], evidence
