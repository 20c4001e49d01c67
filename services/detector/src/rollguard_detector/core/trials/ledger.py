"""
What each revision counted, window by window, whether or not a rollout is known yet.

Telemetry of a revision and the event of its rollout race, and a control of equal age lies in the past: so windows are kept before
anybody asks for them. The rule: of a revision its first windows are kept (as old as a candidate may become) and its newest ones;
sums are by replica, and each replica's are in the order of its own points, so how replicas interleave cannot show. Replicas are
told apart in as many of a revision's first windows as a rollout lasts; of others they are added up, and with the next rollout those
of revisions that it does not compare. What a revision made of mirrored traffic counts apart.
"""

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from rollguard_detector.core.readings import Labels
from rollguard_detector.core.trials.tallies import Tally, added

_REVISIONS_KEPT = 6
_DETAILS_KEPT = 2_000  # replicas times windows
_FEWEST_REPLICAS, _MOST_REPLICAS = 2, 32
_OTHERS = "others"
_MIRROR = "\0mirror "  # no revision begins so
# What tells replicas apart, the most exact first.
_REPLICAS = (
    "k8s.pod.name", "k8s_pod_name", "pod", "pod_name", "kubernetes_pod_name", "service.instance.id", "service_instance_id",
    "replica", "instance", "host.name", "host_name", "host", "hostname", "node", "zone",
)  # fmt: skip

Cell = dict[str, dict[str, Tally]]  # of one window, by metric and replica


class Kept(NamedTuple):
    """One tally with its place."""

    revision: str
    window: int
    metric: str
    replica: str
    tally: Tally


class Ledger:
    """The windows of one workload, by their number since the epoch."""

    __slots__ = ("_cells", "_order", "held")

    def __init__(self) -> None:
        self.held: frozenset[str] = frozenset()  # revisions that are compared
        self._cells: dict[str, dict[int, Cell]] = {}  # revisions in the order in which they were heard last
        self._order: dict[str, list[int]] = {}

    def add(self, place: tuple[str, int, str, str], tally: Tally, most_windows: int) -> None:
        """Add to the window of a revision, a metric and a replica."""
        revision, window, metric, replica = place
        cells = self._cells.pop(revision, {})
        self._cells[revision] = cells
        if window not in cells:
            cells[window] = {}
            insort(self._order.setdefault(revision, []), window)
        replicas = cells[window].setdefault(metric, {})
        if replica not in replicas and len(replicas) >= self._replicas_kept(revision, window, most_windows):
            replica = _OTHERS
        known = replicas.get(replica)
        replicas[replica] = tally if known is None else added([known, tally]) or tally
        self._bound(revision, most_windows)

    def before(self, revision: str | None) -> list[str]:
        """Return the revisions that were heard before one, by name; what answers a mirror is none."""
        began = {name: order[0] for name, order in self._order.items() if order and not name.startswith(_MIRROR)}
        own = began.get(revision or "")
        return sorted(name for name, first in began.items() if own is not None and first < own)

    def windows(self, revision: str | None) -> Sequence[int]:
        """Return the windows in which a revision reported, the oldest first."""
        return self._order.get(revision or "", ())

    def of(self, revision: str | None, window: int, metric: str) -> dict[str, Tally]:
        """Return what a revision counted in a window, by replica."""
        return self._cells.get(revision or "", {}).get(window, {}).get(metric, {})

    def whole(self, revision: str | None, window: int, metric: str, *, without: str | None = None) -> Tally | None:
        """Return what all replicas counted together, but for one of them."""
        replicas = self.of(revision, window, metric)
        return added([replicas[name] for name in sorted(replicas) if name != without])

    def begin(self, revision: str, window: int) -> None:
        """Forget an earlier life of a revision that is rolled out again."""
        for known in [one for one in self.windows(revision) if one < window]:
            del self._cells[revision][known]
        self._order[revision] = [one for one in self.windows(revision) if one >= window]

    def add_replicas_up(self, but: Collection[str]) -> None:
        """Tell replicas apart no longer, but for the revisions that are compared."""
        for revision in self._cells:
            if revision in but:
                continue
            for cell in self._cells[revision].values():
                for metric, replicas in cell.items():
                    whole = added([replicas[name] for name in sorted(replicas)])
                    cell[metric] = {} if whole is None else {_OTHERS: whole}

    def kept(self) -> tuple[Kept, ...]:
        """Return all tallies with their places, in an order in which ``resume`` may take them."""
        return tuple(
            Kept(revision, window, metric, replica, tally)
            for revision, cells in self._cells.items()
            for window, cell in cells.items()
            for metric, replicas in cell.items()
            for replica, tally in replicas.items()
        )

    def resume(self, kept: Iterable[Kept]) -> None:
        """Put back what ``kept`` took out."""
        for revision, window, metric, replica, tally in kept:
            self._cells.setdefault(revision, {}).setdefault(window, {}).setdefault(metric, {})[replica] = tally
        self._order = {revision: sorted(cells) for revision, cells in self._cells.items()}

    def _replicas_kept(self, revision: str, window: int, most_windows: int) -> int:
        is_young = bisect_left(self._order[revision], window) < most_windows
        return min(max(_DETAILS_KEPT // most_windows, _FEWEST_REPLICAS), _MOST_REPLICAS) if is_young else 0

    def _bound(self, revision: str, most_windows: int) -> None:
        order = self._order[revision]
        while len(order) > 2 * most_windows:
            del self._cells[revision][order.pop(most_windows)]
        while len(self._cells) > _REVISIONS_KEPT:
            oldest = next(revision for revision in self._cells if revision not in self.held)
            del self._cells[oldest]
            self._order.pop(oldest, None)


def is_told_apart(replicas: Mapping[str, Tally]) -> bool:
    """Whether each replica of a window is one: which of too many are named depends on who came first."""
    return len(replicas) > 1 and _OTHERS not in replicas


def mirror_of(revision: str) -> str:
    """Return the name under which a revision's part in mirrored traffic is counted."""
    return _MIRROR + revision


def replica_of(labels: Labels) -> str:
    """Return the replica that labels name, "" where they name none."""
    named = dict(labels)
    return next((named[label] for label in _REPLICAS if label in named), "")
