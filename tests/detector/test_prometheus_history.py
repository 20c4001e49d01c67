"""
A Prometheus server as a history: what is asked, how its series are named, and what each refusal leads to.
"""

import threading

import pytest

from detector.histories import (
    SERVER_LIMIT_STEPS,
    SPAN,
    STEP,
    StandIn,
    at_server,
    matrix,
    points_of,
    read,
    refusal,
    served,
    unread_of,
    world,
)
from rollguard_detector.core.history import Span
from rollguard_detector.history.plan import Query
from rollguard_detector.history.prometheus import PrometheusHistory
from rollguard_runtime.errors import Permanent, Rejected, Temporary

LATENCY = Query(query="latency_seconds", workload="shop/{deployment}")
HOUR = 3600.0


@pytest.fixture
def stand_in():
    return StandIn(world())


@pytest.fixture
def url(stand_in):
    with served(stand_in) as address:
        yield address


def _history(url, *queries, **fields):
    return PrometheusHistory(at_server(url, *(queries or (LATENCY,)), **fields))


async def test_a_long_history_is_asked_for_in_windows_that_the_server_gives(stand_in, url):
    days = Span(SPAN.since_seconds - 30 * 24 * HOUR, SPAN.until_seconds)
    await read(_history(url), days)
    steps = [round((asked["end"] - asked["start"]) / STEP) + 1 for asked in stand_in.asked]
    assert sum(steps) == round((days.until_seconds - days.since_seconds) / STEP)
    assert max(steps) == SERVER_LIMIT_STEPS


async def test_the_real_server_gives_a_window_of_that_size_and_refuses_a_larger_one(prometheus):
    history = _history(prometheus.address)
    history._window.steps = SERVER_LIMIT_STEPS
    whole = Span(SPAN.until_seconds - SERVER_LIMIT_STEPS * STEP, SPAN.until_seconds)
    assert len(await read(history, whole)) == 1
    history._window.steps = SERVER_LIMIT_STEPS + 2
    larger = await read(history, Span(SPAN.until_seconds - (SERVER_LIMIT_STEPS + 2) * STEP, SPAN.until_seconds))
    assert len(larger) > 1
    assert points_of(larger) == points_of(await read(history))


async def test_instants_lie_on_multiples_of_the_step_whenever_it_is_asked(stand_in, url):
    await read(_history(url), Span(SPAN.since_seconds + 17.3, SPAN.until_seconds + 11.1))
    assert {asked["start"] % STEP for asked in stand_in.asked} == {0.0}


async def test_what_is_too_much_is_asked_for_in_halves(stand_in, url):
    stand_in.answers = [(422, {}, refusal("execution", "query processing would load too many samples into memory"))] * 2
    assert len(points_of(await read(_history(url)))) == len([one for one in world() if one.metric == "latency_seconds"])
    first, second, third = (round((asked["end"] - asked["start"]) / STEP) + 1 for asked in stand_in.asked[:3])
    assert (first, second, third) == (8, 4, 2)


async def test_what_is_too_much_even_for_one_instant_is_given_up_with_the_mend(stand_in, url):
    stand_in.answers = [(422, {}, refusal("execution", "too many samples"))] * 10
    with pytest.raises(Permanent, match=r"latency_seconds.*too many samples; let the query give fewer series"):
        await read(_history(url))


async def test_an_answer_that_does_not_come_is_asked_for_later_and_in_halves(stand_in, url):
    hanging = threading.Event()
    stand_in.answers = [hanging]
    history = _history(url, timeout_seconds=0.2)
    with pytest.raises(Temporary, match=r"gave no answer in 0.2 s"):
        await read(history)
    hanging.set()
    await read(history)
    assert [round((asked["end"] - asked["start"]) / STEP) + 1 for asked in stand_in.asked[:2]] == [8, 4]
    assert stand_in.asked[0]["timeout"] == "0.2s"


@pytest.mark.parametrize(
    ("answer", "error", "wait"),
    [
        ((429, {"Retry-After": "7"}), Rejected, 7.0),
        ((429, {}), Rejected, 1.0),
        ((429, {"Retry-After": "soon"}), Rejected, 1.0),
        ((503, {"Retry-After": "86400"}), Temporary, 60.0),
        ((500, {}), Temporary, 1.0),
        ((502, {}), Temporary, 1.0),
        ((504, {}), Temporary, 1.0),
    ],
)
async def test_busy_or_broken_is_asked_again_when_the_server_says(stand_in, url, answer, error, wait):
    stand_in.answers = [(*answer, refusal("unavailable", "not now"))]
    with pytest.raises(error, match=rf"answers {answer[0]}: not now") as raised:
        await read(_history(url))
    assert raised.value.retry_after_seconds == wait


async def test_a_date_to_come_back_at_counts_from_the_servers_own_clock(stand_in, url):
    later = {"Date": "Wed, 21 Oct 2015 07:28:00 GMT", "Retry-After": "Wed, 21 Oct 2015 07:28:09 GMT"}
    stand_in.answers = [(503, later, "")]
    with pytest.raises(Temporary) as raised:
        await read(_history(url))
    assert raised.value.retry_after_seconds == 9.0


async def test_a_server_that_is_not_there_is_asked_again(url):
    with pytest.raises(Temporary, match="cannot be reached"):
        await read(_history("http://127.0.0.1:9"))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            (400, {}, refusal("bad_data", "parse error: unexpected )")),
            r"answers 400 to 'latency_seconds': parse error.*mend the query",
        ),
        ((401, {}, ""), r"answers 401: Unauthorized; give a token that may read it with tokenFile:"),
        ((403, {}, "<p>no</p>"), r"answers 403: <p>no</p>; give a token"),
        ((404, {}, ""), r"answers 404.*or the address"),
        ((302, {"Location": "https://login.example/"}, ""), r"sends to https://login.example/; write that address"),
        ((200, {}, "<html>"), r"does not speak Prometheus' API"),
        ((200, {}, '{"status":"success","data":{"resultType":"vector","result":[]}}'), r"the answer is no matrix"),
        ((200, {}, matrix([{"metric": {}, "values": [[1]]}])), r"does not speak Prometheus' API"),
    ],
)
async def test_a_mistake_is_told_with_its_mend(stand_in, url, answer, words):
    stand_in.answers = [answer]
    with pytest.raises(Permanent, match=words):
        await read(_history(url))


async def test_a_query_that_is_wrong_is_refused_by_the_real_server_in_its_own_words(prometheus):
    with pytest.raises(Permanent, match=r"answers 400 to 'rate\(': .*parse error"):
        await read(_history(prometheus.address, Query(query="rate(", metric="x")))


async def test_the_token_is_read_for_every_query(stand_in, url, tmp_path):
    token = tmp_path / "token"
    history = _history(url, token_file=str(token), headers={"X-Scope-OrgID": "shop"})
    with pytest.raises(Temporary, match=r"tokenFile .*token cannot be read"):
        await read(history)
    for secret in ("first", "second"):
        token.write_text(secret + "\n")
        await read(history, Span(SPAN.since_seconds, SPAN.since_seconds + STEP))
    assert [headers["authorization"] for headers in stand_in.headers] == ["Bearer first", "Bearer second"]
    assert {headers["x-scope-orgid"] for headers in stand_in.headers} == {"shop"}


async def test_an_authority_that_cannot_be_read_is_told(url, tmp_path):
    with pytest.raises(Permanent, match=r"caFile .* cannot be used"):
        await read(_history(url, ca_file=str(tmp_path / "none.pem")))


def _series(labels, *values):
    return {"metric": labels, "values": [[SPAN.since_seconds + index * STEP, text] for index, text in enumerate(values)]}


async def _named(stand_in, url, query, labels):
    stand_in.answers = [(200, {}, matrix([_series(labels, "1")]))]
    stretches = await read(_history(url, query), Span(SPAN.since_seconds, SPAN.since_seconds + STEP))
    return points_of(stretches), unread_of(stretches)


LIVE = {
    "__name__": "queue_length",
    "service_namespace": "shop",
    "service_name": "ranker",
    "service_version": "7",
    "service_instance_id": "pod-1",
    "shard": "a",
}


async def test_without_a_mapping_a_series_is_named_as_live_data_would_be(stand_in, url):
    (one,), unread = await _named(stand_in, url, Query(query="queue_length"), LIVE)
    assert (one.workload, one.metric, one.revision) == ("shop/ranker", "queue_length", "7")
    assert one.labels == {"shard": "a", "instance": "pod-1"}
    assert unread == []


async def test_a_mapping_names_workload_revision_metric_and_labels(stand_in, url):
    query = Query(
        query="q", workload="{ns}/{app}", revision="v{version}", metric="{kind}_p95", labels=("zone",), kind="counter", unit="s"
    )
    labels = {"ns": "ml", "app": "ranker", "version": "3", "kind": "latency", "zone": "eu", "pod": "x"}
    (one,), _ = await _named(stand_in, url, query, labels)
    assert (one.workload, one.revision, one.metric, one.labels) == ("ml/ranker", "v3", "latency_p95", {"zone": "eu"})
    assert (one.kind, one.unit) == ("counter", "s")


async def test_a_series_without_the_label_of_the_revision_has_none(stand_in, url):
    (one,), _ = await _named(stand_in, url, Query(query="q", workload="a/b", revision="{version}", metric="m"), {"version": ""})
    assert one.revision is None


@pytest.mark.parametrize(
    ("query", "labels", "words"),
    [
        (Query(query="q", metric="m"), {"job": "x"}, 'queries[0]: {job="x"}: names no workload; map its labels'),
        (Query(query="q", workload="a/b"), {"job": "x"}, "has no name of its own; say which it is: metric:"),
        (Query(query="q", workload="{ns}/b", metric="m"), {}, "has no label ns; keep it in the query: sum by (..., ns)"),
        (Query(query="q", workload="{ns}", metric="m"), {"ns": "x"}, "workload 'x' is not of the right form; write namespace/name"),
    ],
)
async def test_a_series_that_belongs_to_nobody_is_named_with_the_mend(stand_in, url, query, labels, words):
    points, (unread,) = await _named(stand_in, url, query, labels)
    assert points == []
    assert words in unread


async def test_such_a_series_is_named_once_however_many_windows_it_is_in(url):
    history = _history(url, Query(query="latency_seconds", workload="{team}/scorer"))
    assert len(unread_of(await read(history))) == 3


async def test_a_native_histogram_is_named_with_what_to_ask_for(stand_in, url):
    stand_in.answers = [(200, {}, matrix([{"metric": {"__name__": "x"}, "histograms": [[SPAN.since_seconds, {}]]}]))]
    (unread,) = unread_of(await read(_history(url), Span(SPAN.since_seconds, SPAN.since_seconds + STEP)))
    assert "is a native histogram; ask for a quantile" in unread


async def test_what_is_no_number_is_left_to_the_detector_as_it_would_be_live(stand_in, url):
    stand_in.answers = [(200, {}, matrix([_series({"__name__": "x", "deployment": "ranker"}, "NaN", "+Inf", "2")]))]
    points = points_of(await read(_history(url), Span(SPAN.since_seconds, SPAN.since_seconds + 3 * STEP)))
    assert [str(one.value) for one in points] == ["nan", "inf", "2.0"]


async def test_a_rate_of_the_real_server_is_learned_as_the_series_of_its_counter(prometheus):
    query = Query(query='sum by (deployment) (queue_length{shard="a"})', workload="shop/{deployment}", metric="queue_length")
    points = points_of(await read(_history(prometheus.address, query)))
    assert {(one.workload, one.metric, tuple(one.labels)) for one in points} == {("shop/fraud-scorer", "queue_length", ())}
    assert len(points) == 60
