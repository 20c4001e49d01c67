"""
What history would teach, told to a person before the service starts.
"""

import json

import pytest

from detector.histories import SPAN, StandIn, served, world, write_csv
from rollguard_detector.__main__ import main

BACK = "36500d"  # since the epoch, and more


@pytest.fixture
def history(tmp_path):
    return write_csv(tmp_path / "history.csv", world())


def test_series_points_and_range_of_a_file_are_told(history, capsys):
    assert main(["backfill", "--check", history, "--back", BACK]) == 0
    head, told = capsys.readouterr().out.splitlines()
    assert head.startswith("history from ")
    assert told == f"{history}: 5 series, {len(world())} points, 2023-11-14T22:13:30+00:00 to 2023-11-14T22:43:00+00:00"


def test_a_program_is_told_in_json(history, capsys):
    assert main(["backfill", "--check", history, "--back", BACK, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "source": history,
        "points": len(world()),
        "series": 5,
        "first_unix_seconds": SPAN.since_seconds,
        "last_unix_seconds": world()[-1].time_unix_seconds,
        "unread": 0,
        "failed": "",
    }


def test_what_cannot_be_read_is_named_up_to_a_limit(history, capsys):
    with open(history, "a") as file:  # noqa: PTH123  # appended to
        file.write("shop/a,m,noon,1,,,\n" * 30)
    assert main(["backfill", "--check", history, "--back", BACK]) == 1
    told = capsys.readouterr()
    assert told.out.splitlines()[1].endswith("; 30 could not be read")
    assert "time 'noon' is neither" in told.err
    assert len(told.err.splitlines()) == 21


def test_history_that_is_older_is_said_to_be(history, capsys):
    assert main(["backfill", "--check", history]) == 0
    assert "0 series, 0 points in that time; look farther back with --back 30d" in capsys.readouterr().out


def test_a_server_is_asked_and_a_failing_one_told(tmp_path, capsys):
    plan = tmp_path / "history.yaml"
    query = {"query": "latency_seconds", "workload": "shop/{deployment}", "revision": "{version}"}
    stand_in = StandIn(world())
    with served(stand_in) as url:
        plan.write_text(json.dumps({"sources": [{"driver": "prometheus", "url": url, "stepSeconds": 3000, "queries": [query]}]}))
        assert main(["backfill", "--check", str(plan), "--back", BACK]) == 0
        assert f"{url}: 3 series, 110 points" in capsys.readouterr().out
        stand_in.answers = [(503, {}, "")]
        assert main(["backfill", "--check", str(plan)]) == 2
        assert "0 series, 0 points; failed: " in capsys.readouterr().out


def test_a_wrong_list_and_a_wrong_duration_are_refused(tmp_path, capsys):
    plan = tmp_path / "history.yaml"
    plan.write_text("sources: []\n")
    assert main(["backfill", "--check", str(plan)]) == 2
    assert f"rollguard-detector: {plan}:1: sources: " in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["backfill", "--check", str(plan), "--back", "soon"])
