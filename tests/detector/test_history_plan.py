"""
The list of sources: what is right comes out as it was meant, and a mistake is told by file, line, path and mend.
"""

import json

import pytest

from rollguard_detector.history.drivers import sources_of
from rollguard_detector.history.files import FileHistory
from rollguard_detector.history.nothing import NoHistory
from rollguard_detector.history.plan import File, Plan, Prometheus, Query
from rollguard_detector.history.plan_file import read_plan
from rollguard_detector.history.prometheus import PrometheusHistory
from rollguard_runtime.errors import SettingsRefused

RIGHT = """\
sources:
  - driver: prometheus
    url: http://prometheus:9090
    stepSeconds: 15
    tokenFile: /var/run/secrets/token
    queries:
      - query: latency_seconds
        workload: "{namespace}/{deployment}"
        labels: [shard]
  - driver: file
    path: export/history.parquet
"""


@pytest.fixture
def listed(tmp_path):
    def written(text, name="history.yaml"):
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return written


def test_sources_are_read_and_paths_are_relative_to_the_list(listed, tmp_path):
    server, file = read_plan(listed(RIGHT)).sources
    assert server == Prometheus(
        url="http://prometheus:9090",
        step_seconds=15,
        token_file="/var/run/secrets/token",
        queries=(Query(query="latency_seconds", workload="{namespace}/{deployment}", labels=("shard",)),),
    )
    assert file == File(path=str(tmp_path / "export/history.parquet"))


def test_json_is_read_as_well(listed):
    plan = {"sources": [{"driver": "file", "path": "/data/x.csv"}]}
    assert read_plan(listed(json.dumps(plan), "history.json")) == Plan(sources=(File(path="/data/x.csv"),))


def test_every_source_has_its_driver_and_a_data_file_needs_no_list(listed):
    assert [type(one) for one in sources_of(listed(RIGHT))] == [PrometheusHistory, FileHistory]
    assert [one.name for one in sources_of("history.csv")] == ["history.csv"]
    assert [type(one) for one in sources_of("")] == [NoHistory]


@pytest.mark.parametrize(
    ("wrong", "instead", "words"),
    [
        ("stepSeconds: 15", "stepSecond: 15", ":4: sources[0].stepSecond: no such field; did you mean stepSeconds?"),
        ("    queries:", "    query:", ":6: sources[0].query: no such field; did you mean queries?"),
        ("path:", "paths:", ":11: sources[1].paths: no such field; did you mean path?"),
        ("sources:", "source:", ":1: source: no such field; did you mean sources?"),
        ("stepSeconds: 15", "stepSeconds: fast", ":4: sources[0].stepSeconds: expected float, got str; write a number such as 30"),
        ("stepSeconds: 15", "stepSeconds: 0", ":4: sources[0].stepSeconds: expected float > 0.0"),
        (
            "driver: file",
            "driver: carrier-pigeon",
            ":10: sources[1].driver: invalid value 'carrier-pigeon'; write prometheus or file",
        ),
        ("http://prometheus:9090", "prometheus:9090", ":3: sources[0].url: expected str matching regex"),
        ("    path: export/history.parquet\n", "", ":10: sources[1]: path is missing; add path:"),
        ("query: latency_seconds", "query: 7", ":7: sources[0].queries[0].query: expected str, got int; write a text, in quotes"),
        ("{deployment}", "{the deployment}", ":7: sources[0].queries[0]: `{the deployment}`"),
        ("labels: [shard]", "labels: [shard", ": not YAML: "),
        ("stepSeconds: 15", "url: http://x", ":4: not YAML: url stands here a second time"),
        (RIGHT, "", ":1: there are 0 documents in it; write one, which begins with sources:"),
        (RIGHT, "sources: []", ":1: sources: expected array of length >= 1"),
    ],
)
def test_a_mistake_is_told_by_line_path_and_mend(listed, wrong, instead, words):
    path = listed(RIGHT.replace(wrong, instead))
    with pytest.raises(SettingsRefused) as refused:
        read_plan(path)
    assert str(refused.value).startswith(path)
    assert words.replace("`", "") in str(refused.value).replace("`", "")


def test_a_list_that_is_not_there_is_told(tmp_path):
    with pytest.raises(SettingsRefused, match=r"history\.yaml cannot be read: No such file"):
        read_plan(str(tmp_path / "history.yaml"))
