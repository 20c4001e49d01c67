"""
One small history, and every way in which it can lie somewhere: as a list, CSV, Parquet, and on a server real or stood in for.

Its instants are multiples of the step, since a server gives no others.
"""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import sin
from urllib.parse import parse_qs

import pytest

from rollguard_detector.core.history import Span, order_of
from rollguard_detector.history.plan import Prometheus, Query
from rollguard_schemas.metrics import MetricPoint

STEP = 30.0
START = 1_700_000_010.0  # a multiple of the step
COUNT = 60
SPAN = Span(START, START + COUNT * STEP)
SERVER_LIMIT_STEPS = 11_000
QUERIES = (
    Query(query="latency_seconds", workload="{namespace}/{deployment}", revision="{version}", unit="s"),
    Query(query="queue_length", workload="shop/{deployment}", labels=("shard",)),
)


def world():
    """Two workloads, four series; one begins late, one has a gap, one changes its revision."""
    points = []
    for index in range(COUNT):
        at = START + index * STEP
        points.append(_latency("fraud-scorer", at, 0.05 + 0.01 * sin(index), "7" if index < 40 else "8"))
        if index >= 10:
            points.append(_latency("ranker", at, 0.2 + index / 1000, None))
        points += [
            _queue(at, shard, index % 5 + number) for number, shard in enumerate("ab") if shard == "a" or index not in range(20, 30)
        ]
    return sorted(points, key=order_of)


def _latency(name, at, value, revision):
    return MetricPoint(
        workload=f"shop/{name}", time_unix_seconds=at, metric="latency_seconds", value=value, unit="s", revision=revision
    )


def _queue(at, shard, value):
    return MetricPoint(
        workload="shop/fraud-scorer", time_unix_seconds=at, metric="queue_length", value=float(value), labels={"shard": shard}
    )


COLUMNS = ("workload", "metric", "time", "value", "revision", "labels", "unit")


def cells(point):
    labels = ";".join(f"{name}={text}" for name, text in point.labels.items())
    return (point.workload, point.metric, point.time_unix_seconds, point.value, point.revision or "", labels, point.unit)


def write_csv(path, points):
    rows = [",".join(COLUMNS), *(",".join(map(str, cells(point))) for point in points)]
    path.write_text("\n".join(rows) + "\n")
    return str(path)


def arrow():
    """Return pyarrow and its Parquet, or skip: a detector may be installed without the extra."""
    reason = "pyarrow is not installed; install rollguard-detector[plain]"
    return pytest.importorskip("pyarrow", reason=reason), pytest.importorskip("pyarrow.parquet", reason=reason)


def write_parquet(path, points):
    pa, parquet = arrow()
    rows = [cells(point) for point in points]
    parquet.write_table(pa.table({name: [row[place] for row in rows] for place, name in enumerate(COLUMNS)}), path)
    return str(path)


def server_labels(point):
    """Return the labels under which a server would hold the point."""
    labels = {"namespace": "shop", "deployment": point.workload.partition("/")[2], **point.labels}
    return labels | ({"version": point.revision} if point.revision else {})


def open_metrics(points):
    """Return the points as the text that a server's own tool reads; each revision's series ends where it ends."""
    lines = []
    for metric in sorted({point.metric for point in points}):
        lines.append(f"# TYPE {metric} gauge")
        for point in points:
            if point.metric == metric:
                inner = ",".join(f'{name}="{text}"' for name, text in sorted(server_labels(point).items()))
                lines.append(f"{metric}{{{inner}}} {point.value!r} {point.time_unix_seconds:.3f}")
    return "\n".join([*lines, "# EOF"]) + "\n"


class StandIn:
    """A server that knows the points, refuses what Prometheus refuses, and first answers as it was told to."""

    def __init__(self, points=()):
        self.points = list(points)
        self.answers = []  # taken one a request: a status with headers and body, or an event that is waited for
        self.asked = []
        self.headers = []

    def answer(self, form):
        steps = round((form["end"] - form["start"]) / form["step"]) + 1
        if steps > SERVER_LIMIT_STEPS + 1:
            return 400, {}, refusal("bad_data", "exceeded maximum resolution of 11,000 points per timeseries")
        series = {}
        for point in self.points:
            if point.metric == form["query"] and form["start"] <= point.time_unix_seconds <= form["end"]:
                labels = {"__name__": point.metric, **server_labels(point)}
                series.setdefault(json.dumps(labels), []).append([point.time_unix_seconds, str(point.value)])
        return 200, {}, matrix([{"metric": json.loads(labels), "values": values} for labels, values in series.items()])


def matrix(result):
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}})


def refusal(kind, error):
    return json.dumps({"status": "error", "errorType": kind, "error": error})


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        form |= {name: float(form[name]) for name in ("start", "end", "step")}
        stand_in = self.server.stand_in
        stand_in.asked.append({"path": self.path, **form})
        stand_in.headers.append({name.lower(): text for name, text in self.headers.items()})
        told = stand_in.answers.pop(0) if stand_in.answers else None
        if isinstance(told, threading.Event):
            told.wait(timeout=30)
            return
        status, headers, text = told or stand_in.answer(form)
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


@contextmanager
def served(stand_in):
    """Serve it on loopback; yields its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.stand_in = stand_in
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def at_server(url, *queries, **fields):
    return Prometheus(url=url, queries=queries or QUERIES, step_seconds=STEP, **fields)


async def read(source, span=SPAN):
    """Return all stretches."""
    return [stretch async for stretch in source.read(span)]


def points_of(stretches):
    return [point for stretch in stretches for point in stretch.points]


def unread_of(stretches):
    return [str(one) for stretch in stretches for one in stretch.unread]
