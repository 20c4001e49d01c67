"""
``rollguard replay``: publish a recorded series as metric points, at its own pace or faster.

With it a policy is tried on the data of a past incident before it is trusted with the next one.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from rollguard_console.command import command, family
from rollguard_console.console import SOURCE, Console
from rollguard_console.events import made
from rollguard_console.exit_codes import Refused, WrongUsage
from rollguard_console.instants import show_instant
from rollguard_console.series_csv import Sample, Series, batches, read_series
from rollguard_schemas import codec
from rollguard_schemas.codec import OutgoingRecord
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.topics import METRICS

app = family()
_MOST_WRONG_ROWS_TOLD = 20
_SLOWEST = 0.001


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What every point of the replay says of itself."""

    workload: str
    metric: str
    revision: str | None
    unit: str


@command(app, "replay")
async def replay(
    console: Console,
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Columns timestamp (ISO 8601 or Unix seconds) and value.")],
    workload: Annotated[str, typer.Option(help="namespace/name that the points are about.")],
    metric: Annotated[str, typer.Option(help="The metric's name.")],
    revision: Annotated[str | None, typer.Option(help="The revision that the points report.")] = None,
    unit: Annotated[str, typer.Option(help="The metric's unit.")] = "",
    speed: Annotated[float, typer.Option(min=0, help="So many times faster than recorded; 0 as fast as possible.")] = 60.0,
    now: Annotated[bool, typer.Option("--now", help="Move the series in time so that its last point is now.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Publish nothing if any row is wrong.")] = False,
) -> None:
    """Publish a recorded series as metric points."""
    if 0 < speed < _SLOWEST:
        raise WrongUsage(f"a speed of {speed} would never end; {_SLOWEST} is the slowest, 0 is as fast as possible")
    series = _read(file)
    _tell_wrong_rows(console, file, series, is_fatal=strict or not series.samples)
    if now:
        series = series.shifted_to_end_at(console.now())
    identity = Identity(workload=workload, metric=metric, revision=revision, unit=unit)
    _record(series.samples[0], identity)  # refuses a wrong workload or metric before anything is connected
    began = console.now()
    await _publish(console, series, identity, speed)
    summary = _summary(series, identity, console.now() - began)
    console.output.answer(summary, *(f"{name}: {content}" for name, content in summary.items() if name != "wrong_rows"))


async def _publish(console: Console, series: Series, identity: Identity, speed: float) -> None:
    sink = console.bus.sink()
    began = console.now()
    try:
        await sink.start()
        with _progress(console, len(series.samples)) as advance:
            for due_seconds, samples in batches(series.samples, speed=speed):
                await console.sleep(max(0.0, began + due_seconds - console.now()))
                await sink.publish([_record(sample, identity) for sample in samples])
                advance(len(samples))
    finally:
        await sink.stop()


def _record(sample: Sample, identity: Identity) -> OutgoingRecord:
    """Return the record of a sample."""
    fields = {**msgspec.to_builtins(identity), "time_unix_seconds": sample.unix_seconds, "value": sample.value}
    return codec.encode(METRICS, made(MetricPoint, fields), source=SOURCE)


@contextmanager
def _progress(console: Console, total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on a terminal; elsewhere it would only fill a log."""
    if console.output.as_json or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console as Terminal  # noqa: PLC0415  # needed on a terminal only
    from rich.progress import Progress  # noqa: PLC0415  # as above

    with Progress(console=Terminal(stderr=True)) as progress:
        task = progress.add_task("points", total=total)
        yield lambda count: progress.advance(task, count)


def _read(file: Path) -> Series:
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            return read_series(lines)
    except OSError as error:
        raise WrongUsage(f"cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{file} is not UTF-8 text") from error


def _tell_wrong_rows(console: Console, file: Path, series: Series, *, is_fatal: bool) -> None:
    for row in series.wrong[:_MOST_WRONG_ROWS_TOLD]:
        console.output.note(f"{file}:{row.line}: {row.why}")
    if len(series.wrong) > _MOST_WRONG_ROWS_TOLD:
        console.output.note(f"and {len(series.wrong) - _MOST_WRONG_ROWS_TOLD} more wrong rows")
    if not series.samples:
        raise Refused(f"{file} has no row that can be replayed")
    if series.wrong and is_fatal:
        raise Refused(f"{len(series.wrong)} wrong rows in {file}; mend them, or leave --strict out to pass them over")


def _summary(series: Series, identity: Identity, took_seconds: float) -> dict[str, object]:
    seconds = [sample.unix_seconds for sample in series.samples]
    return {
        "workload": identity.workload,
        "metric": identity.metric,
        "published_points": len(series.samples),
        "wrong_row_count": len(series.wrong),
        "wrong_rows": [{"line": row.line, "why": row.why} for row in series.wrong],
        "first": show_instant(min(seconds)),
        "last": show_instant(max(seconds)),
        "took_seconds": round(took_seconds, 3),
    }
