"""
When does a series leave its range, when is it back, and when is the new level its own?

The rule: a departure needs a budgeted surprise *and* size *and* persistence, and has exactly one end: back to what was likely at
its beginning, or adopted. While it is open the series is measured against the reference of its beginning; against the models, which
go on learning, every lasting fault would become normal within minutes and be called over. TRANSITIONS is what may follow what.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Bank, Column, Flags, Floats, Rows

Kind = Literal["level", "spread", "spike", "stuck"]
Finding = Literal["nothing", "departure", "return", "adoption"]
State = Literal["calm", "open"]
KINDS: tuple[Kind, ...] = get_args(Kind)  # row by code; the code of none is past the last
FINDINGS: tuple[Finding, ...] = get_args(Finding)
NOTHING, DEPARTURE, RETURN, ADOPTION = range(len(FINDINGS))
LEVEL, SPREAD, SPIKE, STUCK, NONE = range(len(KINDS) + 1)

TRANSITIONS: dict[tuple[State, Finding], State] = {
    ("calm", "departure"): "open",
    ("open", "return"): "calm",
    ("open", "adoption"): "calm",
}

LEAST_DEVIATIONS = 3.0
_SMOOTHING = 0.2  # about the last nine samples: one outlier of any size is no departure
_WIDER, _NARROWER = 2.0, 0.4  # of the usual size of a residual
_USUAL_SIZE = 0.8  # mean of |z| of a standard normal
_SLOW_SMOOTHING = 0.05
_MOVED = 2.0
_CALM_BELOW = 1.5
_RETURNED_SAMPLES = 5
_CALM_SAMPLES = 60
_ADOPTED_AFTER_SECONDS = 600.0
_MOST_RESIDUAL = 50.0
RANGE_DEVIATIONS = 3.0


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
        "size": Column(initial=_USUAL_SIZE),  # of the residual
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
        self._smooth(rows, values, seen)
        is_open = self.kind[rows] != NONE
        kind = np.where(is_open, NONE, self._departing(rows, seen, gates))
        begins = kind != NONE
        if not (begins.any() or is_open.any()):
            return Findings.quiet(self.samples[rows], self.recent[rows])
        end = np.where(is_open, self._ending(rows, at_seconds, seen), NOTHING)
        finding = np.where(begins, DEPARTURE, end)
        self._open(rows, at_seconds, seen, kind)
        told = self._told(rows, finding, seen)
        self.is_known_stuck[rows] |= (finding == ADOPTION) & (self.kind[rows] == STUCK)
        self._close(rows[(finding == RETURN) | (finding == ADOPTION)])
        return told

    def _smooth(self, rows: Rows, values: Floats, seen: Seen) -> None:
        """Follow residual, value and size; while the models are cold there is nothing to follow."""
        warm = seen.is_warm
        residual = np.clip(seen.residual, -_MOST_RESIDUAL, _MOST_RESIDUAL)
        first = self.samples[rows] == 0
        share = np.where(warm, np.where(first, 1.0, _SMOOTHING), 0.0)
        self.samples[rows] += warm
        self.smoothed[rows] += np.where(warm, _SMOOTHING, 0.0) * (residual - self.smoothed[rows])
        self.recent[rows] += share * (values - self.recent[rows])
        self.size[rows] += np.where(warm, _SLOW_SMOOTHING, 0.0) * (np.minimum(np.abs(residual), 10.0) - self.size[rows])
        odd = warm & (np.abs(residual) >= LEAST_DEVIATIONS)
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
        level = matters & (evidence >= 0.0) & (np.abs(smoothed) >= LEAST_DEVIATIONS)
        spike = matters & (self.run_novelty[rows] >= 0.0) & (self.odd_run[rows] >= gates.samples_in_a_row)
        wider = (seen.wider >= 0.0) & (size >= _WIDER * _USUAL_SIZE)
        narrower = (seen.narrower >= 0.0) & (size <= _NARROWER * _USUAL_SIZE)
        in_place = np.abs(smoothed) < _MOVED  # what moved to one side did not only scatter
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
        grew = np.where(kind[begins] == SPREAD, self.size[chosen] - _USUAL_SIZE, self.smoothed[chosen])
        self.sign[chosen] = np.where(kind[begins] == STUCK, 0, np.sign(grew))
        self.opened_at[chosen] = at_seconds[begins]
        self.expected[chosen], self.scale[chosen] = seen.expected[begins], seen.scale[begins]
        self.open_samples[chosen] = self.returned[chosen] = self.calm[chosen] = 0

    def _ending(self, rows: Rows, at_seconds: Floats, seen: Seen) -> NDArray[np.int8]:
        """Return how each open row ends, if it does; the counters of all rows are moved, those of calm ones mean nothing."""
        kind = self.kind[rows]
        near = np.abs(self.recent[rows] - self.expected[rows]) < _CALM_BELOW * self.scale[rows]
        usual = (self.size[rows] < _CALM_BELOW * _USUAL_SIZE) & (self.size[rows] > _USUAL_SIZE / _CALM_BELOW)
        back = np.select([kind == SPREAD, kind == STUCK], [usual, seen.stuck < 0.0], near)
        self.open_samples[rows] += 1
        self.returned[rows] = np.where(back, np.minimum(self.returned[rows] + 1, _RETURNED_SAMPLES), 0)
        calm = np.abs(self.smoothed[rows]) < _CALM_BELOW
        self.calm[rows] = np.where(calm, np.minimum(self.calm[rows] + 1, _CALM_SAMPLES), 0)
        lasted = at_seconds - self.opened_at[rows] > _ADOPTED_AFTER_SECONDS
        adopted = (self.open_samples[rows] >= _CALM_SAMPLES) & (lasted | (self.calm[rows] >= _CALM_SAMPLES))
        return np.select([self.returned[rows] >= _RETURNED_SAMPLES, adopted], [RETURN, ADOPTION], NOTHING).astype(np.int8)

    def _close(self, rows: Rows) -> None:
        self.kind[rows] = NONE
        self.smoothed[rows] = 0.0
        self.size[rows] = _USUAL_SIZE
        self.odd_run[rows] = 0

    def _told(self, rows: Rows, finding: NDArray[np.int8], seen: Seen) -> Findings:
        columns: dict[str, Any] = {
            name: getattr(self, name)[rows] for name in ("kind", "opened_at", "expected", "scale", "samples", "recent")
        }
        kind, sign = columns["kind"], self.sign[rows].astype(np.float64)
        sizes = np.select([kind == SPREAD, kind == STUCK], [self.size[rows] / _USUAL_SIZE, 0.0], np.abs(self.smoothed[rows]))
        level = np.where(sign > 0, seen.up, seen.down)
        spread = np.where(sign > 0, seen.wider, seen.narrower)
        evidence = np.select([kind == LEVEL, kind == SPREAD, kind == STUCK], [level, spread, seen.stuck], self.run_novelty[rows])
        quiet = Findings.quiet(columns["samples"], columns["recent"])
        return quiet._replace(finding=finding, sign=sign, deviations=sizes, evidence=evidence, **columns)
