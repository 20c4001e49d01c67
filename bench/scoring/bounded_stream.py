"""
Streams with a bound that must not be passed, from a folder: each CSV file opens with a `#slo` line that states it.

The horizon is counted in samples, and so is a day, because the streams were recorded at different rates: a jet engine's cycle and a
minute of a pod weigh the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

HORIZON_SAMPLES = 30
SAMPLES_A_DAY = 1440
_BEGINS = datetime.fromisoformat("2026-01-05")


@dataclass(frozen=True, slots=True)
class BoundedStream:
    """Values a fixed step apart; harm lies above the bound, or below it."""

    unit: str
    group: str
    values: tuple[float, ...]
    bound: float
    above: bool = True
    step_seconds: float = 60.0
    horizon_samples: int = HORIZON_SAMPLES

    @property
    def half(self) -> int:
        """0 (for tuning) or 1 (held out), by the unit, so that all series of a machine lie on one side."""
        return sha256(self.unit.encode()).digest()[0] & 1

    @property
    def harm(self) -> tuple[tuple[float, ...], float]:
        """Values and bound, turned so that harm lies above."""
        sign = 1.0 if self.above else -1.0
        return tuple(sign * value for value in self.values), sign * self.bound

    def opening(self) -> str:
        """Return the line that states bound, direction and horizon to a command."""
        direction, horizon = "above" if self.above else "below", self.horizon_samples * self.step_seconds
        return f"#slo threshold={self.bound!r} direction={direction} horizon_s={horizon:g}\n"

    def lines(self) -> list[str]:
        """Return the rows as a command reads them."""
        step = timedelta(seconds=self.step_seconds)
        return [f"{(_BEGINS + row * step).isoformat(sep=' ')},{value!r}\n" for row, value in enumerate(self.values)]


def load(folder: Path) -> list[BoundedStream]:
    """Return the streams of all CSV files below a folder, in order of their paths."""
    return [_read(path) for path in sorted(folder.rglob("*.csv"))]


def _read(path: Path) -> BoundedStream:
    opening, *rows = path.read_text().splitlines()
    told = dict(word.split("=") for word in opening.split()[1:])
    values = tuple(float(row.split(",")[1]) for row in rows)
    bound, above = float(told["threshold"]), told["direction"] == "above"
    return BoundedStream(told["unit"], told["group"], values, bound, above, float(told["dt"]))
