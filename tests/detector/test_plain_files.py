"""
Parquet in, pictures out: what the optional packages are needed for, and what is said where they are missing.
"""

import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from rollguard_detector.plain.columns import Asked, Unusable
from rollguard_detector.plain.objectives import Objective
from rollguard_detector.plain.panel import thinned
from rollguard_detector.plain.parquet import ParquetRows
from rollguard_detector.plain.picture import striking
from rollguard_detector.plain.rows import BadRow, Row
from rollguard_detector.plain.tools import EXIT_UNUSABLE, Pipes, Wish, forecast, score
from rollguard_detector.plain.tracks import Track

_ROWS = "".join(f"{1_700_000_000 + 60 * index},{np.sin(index / 9) + (9.0 if index == 250 else 0.0)}\n" for index in range(300))


def written(path: Path, **columns: object) -> str:
    parquet.write_table(pa.table(columns), path)
    return str(path)


def drawn(path: Path, tool=score, rows: str = _ROWS, *more) -> tuple[int, str]:
    complaints = io.StringIO()
    return tool(Wish(plot=str(path)), Pipes(io.StringIO(rows), io.StringIO(), complaints), *more), complaints.getvalue()


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_any_unit_are_read_and_mean_utc_where_no_zone_is_named(tmp_path: Path, unit: str) -> None:
    at = pa.array([datetime(2024, 1, 1, tzinfo=UTC).replace(tzinfo=None)], pa.timestamp(unit))
    path = written(tmp_path / "x.parquet", time=at, value=pa.array([1.5]))
    assert list(ParquetRows(path, Asked())) == [(1, Row("", 1_704_067_200.0, 1.5))]


def test_times_with_a_zone_numbers_and_texts_are_read(tmp_path: Path) -> None:
    at = pa.array([datetime(2024, 1, 1, tzinfo=UTC)], pa.timestamp("us", tz="+01:00"))
    for index, times in enumerate((at, pa.array([1_704_067_200]), pa.array(["2024-01-01T00:00:00Z"]))):
        path = written(tmp_path / f"{index}.parquet", timestamp=times, value=pa.array([2]), host=pa.array(["a"]))
        assert list(ParquetRows(path, Asked(stream="host"))) == [(1, Row("a", 1_704_067_200.0, 2.0))]


def test_a_hole_in_a_file_is_a_wrong_row(tmp_path: Path) -> None:
    path = written(tmp_path / "x.parquet", time=pa.array([1.0, None]), value=pa.array([None, 2.0]))
    rows = list(ParquetRows(path, Asked()))
    assert [(number, type(found), str(found)) for number, found in rows] == [
        (1, BadRow, "value is missing"),
        (2, BadRow, "time is missing"),
    ]


def test_a_parquet_file_is_answered_like_the_same_rows_as_text(tmp_path: Path) -> None:
    pairs = [line.split(",") for line in _ROWS.splitlines()]
    path = written(
        tmp_path / "x.parquet", time=pa.array([float(at) for at, _ in pairs]), value=pa.array([float(value) for _, value in pairs])
    )
    answers = []
    for wish, text in ((Wish(), _ROWS), (Wish(path=path), "")):
        sink = io.StringIO()
        assert score(wish, Pipes(io.StringIO(text), sink, io.StringIO())) == 0
        answers.append(sink.getvalue())
    assert answers[0] == answers[1]


def test_what_is_no_parquet_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_text("timestamp,value\n")
    with pytest.raises(Unusable, match="is no Parquet file"):
        ParquetRows(str(tmp_path / "x.parquet"), Asked())
    with pytest.raises(Unusable, match="cannot be read"):
        ParquetRows(str(tmp_path / "y.parquet"), Asked())


@pytest.mark.parametrize(("package", "wish"), [("pyarrow", Wish(path="x.parquet")), ("matplotlib", Wish(plot="x.png"))])
def test_a_missing_package_is_said_with_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch, package: str, wish: Wish) -> None:
    monkeypatch.setitem(__import__("sys").modules, package, None)
    complaints = io.StringIO()
    assert score(wish, Pipes(io.StringIO(_ROWS), io.StringIO(), complaints)) == EXIT_UNUSABLE
    assert f"needs {package}, which is not installed: install rollguard-detector[plain]" in complaints.getvalue()


def test_a_picture_shows_bound_and_breach_in_a_page_that_asks_for_nothing(tmp_path: Path) -> None:
    code, complaints = drawn(tmp_path / "x.html", forecast, _ROWS, Objective(5.0, above=True, horizon_seconds=600.0))
    page = (tmp_path / "x.html").read_text()
    assert (code, complaints) == (0, "")
    assert "bound 5" in page
    assert "<td>beyond the bound</td>" in page
    assert not [word for word in ("<script", "<link", "src=", "@import") if word in page]


def test_a_picture_marks_the_incident_and_the_band(tmp_path: Path) -> None:
    assert drawn(tmp_path / "x.html") == (0, "")
    page = (tmp_path / "x.html").read_text()
    assert "<td>2023-11-15T02:23:20+00:00</td>" in page
    assert "level ± 3 deviations" in page


def test_a_png_is_a_png(tmp_path: Path) -> None:
    assert drawn(tmp_path / "x.png") == (0, "")
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")


def test_times_that_are_counts_of_seconds_are_drawn_as_such(tmp_path: Path) -> None:
    assert drawn(tmp_path / "x.html", score, "0,1\n60,2\n120,1\n") == (0, "")
    assert ">seconds<" in (tmp_path / "x.html").read_text()


@pytest.mark.parametrize(
    ("name", "rows", "sentence"),
    [
        ("x.pdf", _ROWS, "--plot writes .png or .html"),
        ("no/x.png", _ROWS, "there is no such folder"),
        ("x.png", "", "no row could be read"),
    ],
)
def test_a_picture_that_cannot_be_drawn_is_refused_with_the_reason(tmp_path: Path, name: str, rows: str, sentence: str) -> None:
    code, complaints = drawn(tmp_path / name, score, rows)
    assert code == EXIT_UNUSABLE
    assert sentence in complaints


def test_of_many_streams_the_most_striking_are_drawn_in_their_order() -> None:
    tracks = []
    for index in range(12):
        tracks.append(Track(str(index)))
        tracks[-1].add(0.0, 1.0, (index * 5 % 12) / 12)
    assert [track.stream for track in striking(tracks)] == ["1", "2", "4", "6", "7", "8", "9", "11"]


def test_a_long_line_is_thinned_without_losing_a_spike() -> None:
    numbers = np.random.default_rng(27).normal(size=100_000)
    numbers[[500, 77_777]] = 50.0, -60.0
    kept = thinned(numbers)
    assert len(kept) <= 4000
    assert {500, 77_777} <= set(kept.tolist())
    assert np.all(np.diff(kept) > 0)
