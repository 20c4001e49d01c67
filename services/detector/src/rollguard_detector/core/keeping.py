"""
Takes what is known of a workload out of the banks, and puts it back: the two directions of a snapshot.

Objectives are the policy's, not the snapshot's: a track or an episode goes on only where the policy still has the same terms.
"""

import math
from collections.abc import Callable

from rollguard_detector.core.listening import Listening
from rollguard_detector.core.packed import pack, unpack
from rollguard_detector.core.series import Series, SeriesBook, SeriesKey
from rollguard_detector.core.series_models import SeriesModels
from rollguard_detector.core.silences import Silences
from rollguard_detector.core.snapshots import FORMAT, SeriesKept, WorkloadKept, check_fit, indexed, renamed
from rollguard_detector.core.tracking import Tracks
from rollguard_detector.core.workloads import Workload, Workloads

Begin = Callable[[SeriesKey, str], Series]


class Keeping:
    """The banks and books of one detector, workload by workload."""

    def __init__(  # noqa: PLR0917  # one of each kind, and none could stand for another
        self,
        book: SeriesBook,
        workloads: Workloads,
        models: SeriesModels,
        tracks: Tracks,
        silences: Silences,
        listening: Listening,
    ) -> None:
        self._book, self._workloads, self._listening = book, workloads, listening
        self._models, self._tracks, self._silences = models, tracks, silences

    def take(self, workload: Workload) -> WorkloadKept:
        """Return all that is known of a workload; its parts are named by the position of their series."""
        several = self._book.of(workload)
        rows = [series.row for series in several]
        tracks = [row for series in several for row in series.tracks.values()]
        incident = workload.incidents.kept()
        pools, pool_columns = self._tracks.export_pools(workload.name)
        return WorkloadKept(
            workload=workload.name,
            format=FORMAT,
            heard_at=float(self._workloads.heard_at[workload.number]),
            revisions=workload.revisions.kept(),
            serving=workload.serving,
            serving_since=workload.serving_since,
            series=tuple(self._series(one) for one in several),
            models=pack(self._models.export(indexed(rows))),
            tracks=pack(self._tracks.export(indexed(tracks))),
            pools=pools,
            pool_columns=pack(pool_columns),
            episodes={name: kept for name, watch in workload.watches.items() if (kept := watch.episode.kept())},
            incident=renamed(incident, {row: place for place, row in enumerate(rows)}) if incident else None,
            partition=self._listening.kept(int(self._workloads.source[workload.number])),
            fillings=self._tracks.export_fillings(tracks),
            spendings={name: spending.kept() for name, spending in workload.spendings.items()},
            trials=workload.trials.kept(),
            relations=workload.relations.kept() if workload.relations else None,
        )

    def put(self, kept: WorkloadKept, begin: Begin) -> None:
        """
        Put a workload back; ``begin`` gives each of its series a row.

        Raises:

            Unfit: if the banks are not those that the snapshot was taken from; nothing is changed then.
        """
        check_fit(kept, self._models.names(), self._tracks.names())
        workload = self._workloads.of(kept.workload)
        several = [begin(SeriesKey(workload.name, one.metric, one.labels, one.revision), one.unit) for one in kept.series]
        rows = indexed([series.row for series in several])
        self._models.restore(rows, unpack(kept.models))
        for series, is_begun in zip(several, self._models.is_begun(rows).tolist(), strict=True):
            series.is_new = not is_begun
        self._put_tracks(kept, several)
        self._tracks.restore_pools(workload.name, kept.pools, unpack(kept.pool_columns))
        self._silences.hear(rows)
        for one, series in zip(kept.series, several, strict=True):
            self._book.heard_at[series.row] = one.heard_at
            self._silences.settle(series.row, is_settled=one.is_silence_settled)
            self._silences.lag[series.row] = math.inf if one.lag_seconds is None else one.lag_seconds
            lane = series.lane
            lane.before, lane.number, lane.is_share = one.before, one.number, one.is_share
            series.keep(lane)
        self._put_workload(workload, kept, rows.tolist())

    def _put_tracks(self, kept: WorkloadKept, several: list[Series]) -> None:
        """Put back the tracks whose terms are the policy's still; their columns stand one after the other."""
        opened = [
            (name, terms, series) for one, series in zip(kept.series, several, strict=True) for name, terms in one.tracks.items()
        ]
        places = [place for place, (name, terms, series) in enumerate(opened) if series.terms.get(name) == terms]
        rows = indexed([opened[place][2].tracks[opened[place][0]] for place in places])
        self._tracks.restore(rows, {name: column[places] for name, column in unpack(kept.tracks).items()})
        row_of = dict(zip(places, rows.tolist(), strict=True))
        self._tracks.restore_fillings({row_of[place]: filling for place, filling in kept.fillings.items() if place in row_of})

    def _put_workload(self, workload: Workload, kept: WorkloadKept, rows: list[int]) -> None:
        self._workloads.heard_at[workload.number] = kept.heard_at
        self._workloads.source[workload.number] = self._listening.resume(kept.partition)
        workload.revisions.resume(kept.revisions)
        workload.serving, workload.serving_since = kept.serving, kept.serving_since
        terms = {name: terms for one in kept.series for name, terms in one.tracks.items()}
        for name, episode in kept.episodes.items():
            watch = workload.watches.get(name)
            if watch is not None and watch.terms == terms.get(name):
                watch.episode.resume(episode)
        for name, spending in kept.spendings.items():
            if name in workload.spendings:
                workload.spendings[name].resume(spending)
        if kept.incident:
            workload.incidents.resume(renamed(kept.incident, dict(enumerate(rows))))
        if kept.relations and workload.relations is not None:
            workload.relations.resume(kept.relations)
        if kept.trials:
            workload.trials.resume(kept.trials)
        self._workloads.note(workload)

    def _series(self, series: Series) -> SeriesKept:
        lag, lane = self._silences.lag_of(series.row), series.lane
        return SeriesKept(
            metric=series.key.metric,
            labels=series.key.labels,
            revision=series.key.revision,
            unit=series.unit,
            heard_at=float(self._book.heard_at[series.row]),
            is_silence_settled=self._silences.is_settled(series.row),
            before=lane.before,
            number=lane.number,
            is_share=lane.is_share,
            tracks=dict(series.terms),
            lag_seconds=lag if math.isfinite(lag) else None,
        )
