"""
All that is known of one workload, as one value: taken out of a detector and put into another, the signals go on to the last byte.

The rule: a snapshot names series, never rows, since rows are of one process only. It carries the format and the columns that its
banks had; a snapshot of another format, or of banks with other columns, is refused as a whole and the workload warms up from the
log: half a state would be worse than none.
"""

from collections.abc import Iterable, Mapping

import msgspec
import numpy as np

from rollguard_detector.core.banks.bank import Rows
from rollguard_detector.core.episodes import OpenEpisode
from rollguard_detector.core.incidents import OpenIncident
from rollguard_detector.core.listening import Clock, Source
from rollguard_detector.core.objectives import Terms
from rollguard_detector.core.outlook.filling import FillingKept
from rollguard_detector.core.packed import Packed
from rollguard_detector.core.readings import Labels
from rollguard_detector.core.relations import RELATION, RelationsKept
from rollguard_detector.core.revisions import Heard
from rollguard_detector.core.spending import SpendingKept
from rollguard_detector.core.trials.kept import TrialKept
from rollguard_schemas.metrics import MetricPoint

FORMAT = 1


class Unfit(ValueError):
    """The snapshot was taken by other models than these; the text says which columns differ."""


class SeriesKept(msgspec.Struct, frozen=True, array_like=True):
    """One series: its names, when it was heard, and the tracks that watch it, by objective with the terms they were opened with."""

    metric: str
    labels: Labels
    revision: str | None
    unit: str
    heard_at: float
    is_silence_settled: bool
    before: MetricPoint | None
    number: float | None
    is_share: bool
    tracks: dict[str, Terms]
    lag_seconds: float | None = None


class WorkloadKept(msgspec.Struct, frozen=True):
    """One workload. ``models`` and ``gates`` have a row a series, ``tracks`` a row a track, in the order of ``series``."""

    workload: str
    format: int
    heard_at: float
    revisions: Heard
    serving: str | None
    serving_since: float
    series: tuple[SeriesKept, ...]
    models: dict[str, Packed]
    tracks: dict[str, Packed]
    pools: tuple[str, ...]  # their metrics
    pool_columns: dict[str, Packed]
    episodes: dict[str, OpenEpisode]
    incident: OpenIncident | None
    spendings: dict[str, SpendingKept] = {}
    partition: tuple[Source, Clock] | None = None
    fillings: dict[int, FillingKept] = {}  # by place among the tracks
    trials: TrialKept | None = None
    relations: RelationsKept | None = None


def check_fit(kept: WorkloadKept, models: Iterable[str], tracks: Iterable[str]) -> None:
    """Raise Unfit unless a snapshot has the format and the columns of the banks that are to take it."""
    if kept.format != FORMAT:
        raise Unfit(f"a snapshot of format {kept.format}, this is {FORMAT}")
    for name, has, wants in (("models", kept.models, models), ("tracks", kept.tracks, tracks)):
        if differing := set(has) ^ set(wants):
            raise Unfit(f"the columns of the {name} differ: {', '.join(sorted(differing))}")


def renamed(incident: OpenIncident, to: Mapping[int, int]) -> OpenIncident:
    """Return an incident whose parts stand under other rows; a silence goes by the row's complement (see ``settling``)."""
    parts = {row if row == RELATION else (to[row] if row >= 0 else -1 - to[-1 - row]): part for row, part in incident.parts.items()}
    return msgspec.structs.replace(incident, parts=parts)


def indexed(rows: list[int]) -> Rows:
    """Return rows as an index."""
    return np.array(rows, dtype=np.intp)
