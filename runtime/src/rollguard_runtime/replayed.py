"""
What a replay tells beside its tape, line by line in JSON: how far it is, and the courses of the metrics.

One process writes it and another reads it, and they know one another by this alone.
"""

import msgspec


class Minute(msgspec.Struct, kw_only=True):
    """
    A stretch of one objective's metric; times in Unix seconds, ``low`` and ``high`` in its unit.

    ``beyond`` of ``points`` samples lay beyond the bound; of a ratio, ``bad_events`` of ``events`` were bad.
    """

    workload: str
    objective: str
    metric: str
    bound: float
    direction: str
    unit: str
    from_unix_seconds: float
    seconds: float
    points: int = 0
    beyond: int = 0
    low: float
    high: float
    events: float = 0.0
    bad_events: float = 0.0


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """How far it is; ``share`` of all, where that is known. ``seconds`` it took so far."""

    share: float | None = None
    reached_unix_seconds: float = 0.0
    points: int = 0
    signals: int = 0
    skipped: int = 0
    seconds: float = 0.0
