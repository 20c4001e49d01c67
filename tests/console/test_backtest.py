"""What a run over the past was worth: incidents, true and false, what was served, and how sure one may be of it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollguard_console.backtest import table
from rollguard_console.backtest.calibration import false_rate
from rollguard_console.backtest.incidents import Incident, read_incidents
from rollguard_console.backtest.judging import Harm, harm, judge
from rollguard_console.backtest.past import Past
from rollguard_console.backtest.report import report
from rollguard_console.exit_codes import Refused
from rollguard_runtime.replayed import Minute, Told
from support.incident import BEGAN, FORECAST, RECOMMENDED, ROLLOUT, WITHHELD, WORKLOAD

INCIDENT = Incident(workload=WORKLOAD, name="INC-1", from_unix_seconds=BEGAN + 121, until_unix_seconds=BEGAN + 721)
OTHER = msgspec.structs.replace(INCIDENT, name="datacentre", is_rollouts=False)


def _minute(at, *, bad=6.0, events=60.0, beyond=4):
    return Minute(
        workload=WORKLOAD,
        objective="latency",
        metric="p99",
        bound=0.25,
        direction="above",
        unit="s",
        from_unix_seconds=BEGAN + at,
        seconds=60.0,
        points=4,
        beyond=beyond,
        low=0.1,
        high=0.4,
        events=events,
        bad_events=bad,
    )


def _past(*events, minutes=()):
    told = Told(points=1000, seconds=2.0, reached_unix_seconds=BEGAN + 1000)
    return Past(name="fraud", events=tuple((one.time_unix_seconds, one) for one in events), minutes=minutes, told=told)


PAST = _past(ROLLOUT, FORECAST, RECOMMENDED, WITHHELD, minutes=tuple(_minute(at) for at in range(0, 900, 60)))


def test_a_rollback_shortly_before_an_incident_is_true_and_its_lead_is_told():
    judged = judge(PAST, [INCIDENT], early_seconds=60)

    assert (judged.true, judged.false, judged.missed) == (1, 0, 0)
    assert judged.incidents[0].lead_seconds == 60
    assert judged.incidents[0].saved_seconds == 600
    assert judged.incidents[0].served == Harm()
    assert judged.incidents[0].in_all.bad_events == pytest.approx(60.0)


def test_a_rollback_too_long_before_is_false_and_the_incident_missed():
    judged = judge(PAST, [INCIDENT], early_seconds=59)

    assert (judged.true, judged.false, judged.missed) == (0, 1, 1)
    assert judged.served == judged.incidents[0].in_all


def test_a_rollback_in_an_incident_that_no_rollout_caused_is_false():
    judged = judge(PAST, [OTHER], early_seconds=60)

    assert (judged.true, judged.false, judged.missed) == (0, 1, 0)


def test_without_incidents_nothing_is_called_false_unless_the_past_is_healthy():
    assert judge(PAST, [], early_seconds=60).unjudged == 1
    assert judge(PAST, [], early_seconds=60, is_healthy=True).false == 1


def test_an_approved_rollback_counts_once():
    approved = msgspec.structs.replace(RECOMMENDED, id="rollback-1-approved", mode="act")

    assert judge(_past(ROLLOUT, RECOMMENDED, approved), [], early_seconds=60, is_healthy=True).false == 1


def test_a_stretch_that_lies_in_a_span_in_part_counts_in_part():
    assert harm([_minute(0)], BEGAN + 30, BEGAN + 500) == Harm(bad_events=3.0)
    assert harm([_minute(0, events=0.0, bad=0.0, beyond=2)], BEGAN, BEGAN + 60) == Harm(seconds_beyond=30.0)


@given(st.floats(0, 900), st.floats(0, 900))
def test_harm_adds_up_over_any_cut(one, other):
    minutes = [_minute(at, bad=at / 10) for at in range(0, 900, 60)]
    cut, end = sorted((one, other))
    parts = harm(minutes, BEGAN, BEGAN + cut).bad_events + harm(minutes, BEGAN + cut, BEGAN + end).bad_events
    assert parts == pytest.approx(harm(minutes, BEGAN, BEGAN + end).bad_events, abs=1e-6)


def test_none_of_few_rollouts_is_no_promise_of_none():
    few, many = false_rate(rollouts=20, false=0), false_rate(rollouts=2000, false=0)

    assert few.rate == many.rate == 0.0
    assert few.high > 0.1
    assert 0 < many.high < 0.002
    assert false_rate(rollouts=0, false=0).rate is None


@given(st.integers(1, 500), st.data())
def test_the_rate_lies_in_its_interval(rollouts, data):
    found = false_rate(rollouts=rollouts, false=data.draw(st.integers(0, rollouts)))
    assert 0.0 <= found.low <= found.rate + 1e-12
    assert found.rate - 1e-12 <= found.high <= 1.0


def test_incidents_are_read_as_people_write_them(tmp_path):
    file = tmp_path / "incidents.yaml"
    file.write_text(
        "- {workload: shop/scorer, from: 2026-03-01T14:00:00Z, until: 2026-03-01T15:00:00Z}\n"
        "- {workload: shop/scorer, from: 1772373600, until: 1772377200, rollout: false, name: DC}\n"
    )
    first, second = read_incidents(str(file))

    assert first.from_unix_seconds == second.from_unix_seconds
    assert (first.name, second.name) == ("shop/scorer at 2026-03-01T14:00:00Z", "DC")
    assert (first.is_rollouts, second.is_rollouts) == (True, False)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("workload: x", "Expected `array`"),
        ("- {workload: shop/s, from: 2, until: 1}", r"\[0\].until: .* is not after from"),
        ("- {workload: shop/s, from: noon, until: 1}", r"\[0\]: 'noon' is no instant"),
        ("- {workload: shop/s, from: 1, untli: 2}", "untli"),
        ("- {", "shop/scorer"),
    ],
)
def test_a_wrong_list_of_incidents_is_refused_with_the_mend(tmp_path, text, told):
    file = tmp_path / "incidents.yaml"
    file.write_text(text)
    with pytest.raises(Refused, match=told):
        read_incidents(str(file))


def test_the_report_is_one_page_that_escapes_what_it_shows():
    hostile = msgspec.structs.replace(INCIDENT, name="<script>alert(1)</script>")
    page = report([PAST], [judge(PAST, [hostile], early_seconds=60)], [hostile])

    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert page.count("<svg") == 1
    assert 'class="first"' in page
    assert "latency would pass 0.25 s" in page


def test_a_long_course_is_drawn_in_few_columns_and_keeps_its_extremes():
    minutes = (*(_minute(at) for at in range(0, 600_000, 60)), msgspec.structs.replace(_minute(600_000), high=9.0))
    page = report([_past(minutes=minutes)], [judge(_past(minutes=minutes), [], early_seconds=0)], [])

    assert page.count('class="metric"') <= 600
    assert ">9<" in page


def test_the_table_sets_policies_side_by_side():
    judged = judge(PAST, [INCIDENT], early_seconds=60)
    shown = table.comparison([judged, msgspec.structs.replace(judged, policy="old")])

    assert shown.columns == ("", "fraud", "old")
    assert ("true", "1", "1") in shown.rows
    assert ("median lead before users were hurt", "60 s before", "60 s before") in shown.rows
    assert ("speed", "500 times real time", "500 times real time") in shown.rows


def test_neither_files_nor_topics_is_wrong_usage(rollguard, tmp_path, policy_text):
    file = tmp_path / "policy.yaml"
    file.write_text(policy_text)

    assert rollguard("policy", "backtest", "-f", file).exit_code == 2
