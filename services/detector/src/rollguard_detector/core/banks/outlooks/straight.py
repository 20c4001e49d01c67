"""
The expert of straight lines in bulk: ``core/outlook/straight`` with its branches as masks.
"""

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rollguard_detector.core.banks.bank import Bank, Column, Flags, Floats, Rows
from rollguard_detector.core.banks.outlooks import lines
from rollguard_detector.core.banks.outlooks.lines import Lines
from rollguard_detector.core.banks.outlooks.scales import clip
from rollguard_detector.core.outlook import straight as one

_TINY = 1e-300
_BEGUN = (0, 4, 5)  # of a case: what begins anew with the line
Counts = NDArray[np.int32]


class Ahead(NamedTuple):
    """What the lines say; see ``Straight`` for the meaning."""

    evidence: Floats
    seconds_left: Floats
    relative_error: Floats
    level: Floats
    slope: Floats
    span: Floats

    @property
    def crosses(self) -> Floats:
        """How far a line lies beyond the bound a horizon ahead, 0 to 1 deviation."""
        return clip(self.evidence + one.LOWEST, 0.0, 1.0)


class _Foreseen(NamedTuple):
    level: Floats
    width: Floats
    compared: Flags  # whether there is a line to compare with


class StraightBank(Bank):
    """One line a row, begun anew where the series turned."""

    COLUMNS: ClassVar[Mapping[str, Column]] = {
        "moments": Column(shape=(lines.MOMENTS,)),
        "case": Column(shape=(6,)),  # span, noise, correlation, last surprise, case for a turn up, and down
        "samples": Column(np.int32),
    }

    moments: Floats
    case: Floats
    samples: Counts

    def learn(self, rows: Rows, gap: Floats, elapsed: Floats, horizon: Floats) -> Ahead:
        """Take a gap in for each row, and look a horizon ahead."""
        moments = np.ascontiguousarray(self.moments[rows].T)
        case = np.ascontiguousarray(self.case[rows].T)
        samples = self.samples[rows]
        silent = elapsed > one.SILENCE * one.HALF_LIFE * horizon
        _begin(moments, case, silent)
        line = lines.fitted(moments)
        compared = line.spread_t > 0.0
        learned, square, turned = _compare(_foreseen(line, elapsed, compared), case, samples, gap)
        _begin(moments, case, turned)
        lines.learn(moments, learned, elapsed, lines.kept(elapsed, one.HALF_LIFE * horizon))
        span, noise = case[0], case[1]
        span[...] = np.where(~turned & (compared | (moments[0] > 1.0)), span + elapsed, span)
        counted = compared & ~turned
        samples = samples + counted
        share = np.maximum(one.NOISE_SHARE, 1.0 / np.maximum(samples, 1))
        noise[...] = np.where(counted, noise + share * (square - noise), noise)
        self.moments[rows], self.case[rows], self.samples[rows] = moments.T, case.T, samples
        return _look_ahead(lines.fitted(moments), case, horizon)


def _begin(moments: Floats, case: Floats, where: Flags) -> None:
    if where.any():
        moments[:, where] = 0.0
        for begun in _BEGUN:
            case[begun, where] = 0.0


def _foreseen(line: Lines, elapsed: Floats, compared: Flags) -> _Foreseen:
    ahead = elapsed - line.mean_t
    width = 1.0 + 1.0 / np.maximum(line.weight, _TINY) + ahead * ahead / np.where(compared, line.spread_t, 1.0)
    return _Foreseen(line.level + line.slope * elapsed, width, compared)


def _compare(lines_say: _Foreseen, case: Floats, samples: Counts, gap: Floats) -> tuple[Floats, Floats, Flags]:
    """Return what is learned of each gap, the square for the noise, and which series turned; the cases move in place."""
    _, noise, correlation, last, up, down = case
    foreseen, width, compared = lines_say
    surprise = gap - foreseen
    deviation = np.maximum(np.sqrt(noise * width), one.ROUNDING * np.abs(foreseen))
    known = compared & (samples >= one.LEAST_SAMPLES) & (deviation > 0.0)
    standard = clip(surprise / np.where(known, deviation, 1.0), -one.SURPRISE, one.SURPRISE)
    surprise = np.where(known, standard * deviation, surprise)
    correlation[...] = np.where(known, correlation + one.NOISE_SHARE * (standard * last - correlation), correlation)
    last[...] = np.where(known, standard, last)
    up[...] = np.where(known, np.maximum(0.0, up + standard - one.ALLOWANCE), up)
    down[...] = np.where(known, np.maximum(0.0, down - standard - one.ALLOWANCE), down)
    turned = known & ((up > one.LIMIT) | (down > one.LIMIT))
    return np.where(compared & ~turned, foreseen + surprise, gap), surprise * surprise / width, turned


def _look_ahead(line: Lines, case: Floats, horizon: Floats) -> Ahead:
    span, known_noise, correlation = case[0], case[1], clip(case[2], 0.0, one.MOST_CORRELATION)
    towards = -line.slope
    noise = np.maximum(known_noise, line.scatter * line.scatter) * (1.0 + correlation) / (1.0 - correlation)
    long = (towards > 0.0) & (line.weight >= 3.0)
    needed = one.SIGNIFICANT * (1.0 + one.FEW_SAMPLES / np.where(long, line.weight - 2.0, 1.0))
    trend = long & (towards * towards * line.spread_t > needed * needed * noise)
    towards = np.where(trend, towards, 1.0)
    reach = np.minimum(horizon, one.REACH * span)
    beyond = towards * reach - line.level
    evidence = clip(beyond / (_deviation(line, noise, towards, reach) + _TINY), one.LOWEST, one.HIGHEST) - one.LOWEST
    left = np.maximum(line.level, 0.0) / towards
    error = np.minimum(_deviation(line, noise, towards, left) / (towards * left + _TINY), 1.0)
    evidence, left, error = (np.where(trend, told, 0.0) for told in (evidence, left, error))
    return Ahead(evidence, left, error, line.level, line.slope, span)


def _deviation(line: Lines, noise: Floats, towards: Floats, seconds: Floats) -> Floats:
    ahead, changed = seconds - line.mean_t, one.SLOPE_CHANGE * towards * seconds
    spread = np.where(line.spread_t > 0.0, line.spread_t, 1.0)
    known = one.CAUTION * one.CAUTION * noise * (1.0 / np.maximum(line.weight, _TINY) + ahead * ahead / spread)
    return np.sqrt(known + changed * changed)
