"""
Who moved, and when: the openings and ends of every workload's signals, and its rollouts.

What a workload depends on is to blame for what it suffers only if that moved first, so moves are kept after their end. Everything
is asked as of a time, by when it lay on the log: a decision that is made again after a restart, with the whole log read already,
must know what the first one knew, and a replay must know the same.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from rollguard_decider.core.wording import describe_signal
from rollguard_schemas.rollouts import Rollout, RolloutReverted, RolloutStarted
from rollguard_schemas.signals import (
    AnomalyCleared,
    AnomalyOpened,
    BreachForecast,
    ObjectiveBreached,
    ObjectiveRecovered,
    Regression,
    Signal,
)

_EPISODES_KEPT = 64  # of one workload
_ROLLOUTS_KEPT = 8
_WORKLOADS_KEPT = 50_000


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """
    One opening of a workload and its end, ``says`` being the clause that describes it.

    ``is_trouble`` marks what has an end that is always told: an episode or an incident; a comparison may fall silent with its
    rollout. ``is_silence`` marks missing and stuck telemetry, of which nobody knows whether anything moved.
    """

    workload: str
    signal_id: str
    says: str
    began_unix_seconds: float
    heard_unix_seconds: float
    is_trouble: bool = True
    is_silence: bool = False
    ended_unix_seconds: float | None = None

    @property
    def is_open_trouble(self) -> bool:
        """Whether it stands open, and is of the kind whose end is always told."""
        return self.is_trouble and self.ended_unix_seconds is None


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """One rollout of a workload, begun or taken back."""

    rollout: str
    revision: str
    at_unix_seconds: float
    heard_unix_seconds: float
    is_reverted: bool = False


class _Told(msgspec.Struct):
    """What was heard of one workload; ends lie apart, as one may be heard before its opening."""

    moves: OrderedDict[str, Move] = msgspec.field(default_factory=OrderedDict)
    ends: OrderedDict[str, tuple[float, float]] = msgspec.field(default_factory=OrderedDict)
    rollouts: OrderedDict[tuple[str, bool], Begun] = msgspec.field(default_factory=OrderedDict)
    compared: str | None = None


class Moves:
    """The fold; hearing anything twice, or an end before its opening, changes nothing."""

    def __init__(self) -> None:
        self._told: OrderedDict[str, _Told] = OrderedDict()

    def learn(self, event: Any, heard_unix_seconds: float) -> None:
        """Take in a signal or a rollout with the time at which it lay on the log; anything else moves nobody."""
        match event:
            case BreachForecast() | ObjectiveBreached():
                self._open(event.episode, event, heard_unix_seconds)
            case AnomalyOpened():
                self._open(event.incident, event, heard_unix_seconds)
            case ObjectiveRecovered():
                self._end(event.episode, event, heard_unix_seconds)
            case AnomalyCleared():
                self._end(event.incident, event, heard_unix_seconds)
            case Regression():
                self._compare(event, heard_unix_seconds)
            case RolloutStarted() | RolloutReverted():
                self._begin(event, heard_unix_seconds)

    def of(self, workloads: Collection[str], now: float) -> tuple[Move, ...]:
        """Return what these are known to have moved by now, open or ended, in the order in which it lay on the log."""
        moves = (move for name in workloads if name in self._told for move in _as_of(self._told[name], now))
        return tuple(sorted(moves, key=lambda one: (one.heard_unix_seconds, one.signal_id)))

    def rollouts_of(self, workload: str, now: float) -> tuple[Begun, ...]:
        """Return the rollouts of a workload that are known by now to have begun."""
        told = self._told.get(workload, _Told())
        begun = (one for one in told.rollouts.values() if one.heard_unix_seconds <= now and not one.is_reverted)
        return tuple(sorted(begun, key=lambda one: (one.at_unix_seconds, one.rollout)))

    def _of(self, workload: str) -> _Told:
        told = self._told.setdefault(workload, _Told())
        bound(self._told, _WORKLOADS_KEPT)
        return told

    def _open(self, episode: str, signal: Signal, heard: float) -> None:
        told = self._of(signal.workload)
        known = told.moves.get(episode)
        if known is not None and known.heard_unix_seconds <= heard:
            return
        told.moves[episode] = Move(
            workload=signal.workload,
            signal_id=signal.id,
            says=describe_signal(signal),
            began_unix_seconds=signal.time_unix_seconds,
            heard_unix_seconds=heard,
            is_trouble=not isinstance(signal, Regression),
            is_silence=isinstance(signal, AnomalyOpened) and signal.kind in ("missing", "stuck"),
        )
        bound(told.moves, _EPISODES_KEPT)

    def _end(self, episode: str, signal: Signal, heard: float) -> None:
        told = self._of(signal.workload)
        known = told.ends.get(episode)
        if known is None or heard < known[1]:
            told.ends[episode] = signal.time_unix_seconds, heard
        bound(told.ends, _EPISODES_KEPT)

    def _compare(self, signal: Regression, heard: float) -> None:
        """Comparison is no episode: its first ``degraded`` opens, the next other verdict ends."""
        told = self._of(signal.workload)
        if signal.verdict == "degraded" and told.compared is None and signal.id not in told.ends:
            told.compared = signal.id
            self._open(signal.id, signal, heard)
        elif signal.verdict != "degraded" and told.compared is not None:
            self._end(told.compared, signal, heard)
            told.compared = None

    def _begin(self, event: Rollout, heard: float) -> None:
        told = self._of(event.workload)
        key = event.rollout, isinstance(event, RolloutReverted)
        if key not in told.rollouts or heard < told.rollouts[key].heard_unix_seconds:
            told.rollouts[key] = Begun(
                rollout=event.rollout,
                revision=event.to_revision,
                at_unix_seconds=event.time_unix_seconds,
                heard_unix_seconds=heard,
                is_reverted=key[1],
            )
        bound(told.rollouts, _ROLLOUTS_KEPT)


def _as_of(told: _Told, now: float) -> Iterator[Move]:
    for episode, move in told.moves.items():
        if move.heard_unix_seconds > now:
            continue
        ended, heard = told.ends.get(episode, (None, 0.0))
        ended = ended if heard <= now else None
        if ended is None and not move.is_trouble:  # what is rolled out or taken back is compared no longer
            changes = (one.at_unix_seconds for one in told.rollouts.values() if one.heard_unix_seconds <= now)
            ended = min((at for at in changes if at > move.began_unix_seconds), default=None)
        yield msgspec.structs.replace(move, ended_unix_seconds=ended)


def bound(kept: "OrderedDict[Any, Any]", limit: int) -> None:
    """Forget the oldest beyond a limit."""
    while len(kept) > limit:
        kept.popitem(last=False)
