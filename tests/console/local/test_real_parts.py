"""
Finding and starting the real parts of one machine.
"""

import asyncio
import json
import os
import shutil
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rollguard_console.local import broker, kafka_kraft
from rollguard_console.local.part import CannotBeHad
from rollguard_runtime.kafka import KafkaBus
from rollguard_runtime.settings import SharedSettings
from support.buses import numbered, running, values
from support.topics import create_topics, fresh_name

needs_java = pytest.mark.skipif(kafka_kraft.why_not() is not None, reason=f"Apache Kafka: {kafka_kraft.why_not()}")
needs_embedded = pytest.mark.skipif("embedded" not in broker.available(), reason="install rollguard-console[local]")


def without(*programs):
    """Return an environment on whose PATH some programs are not."""
    folders = os.environ["PATH"].split(os.pathsep)
    kept = [folder for folder in folders if not any((Path(folder) / program).exists() for program in programs)]
    return {"PATH": os.pathsep.join(kept)}


def test_a_broker_that_is_given_comes_before_all_others_and_is_not_ended(tmp_path):
    with broker.start(tmp_path, environ={"ROLLGUARD_KAFKA": "kafka.example:9092", "PATH": ""}) as found:
        assert (found.kind, found.bootstrap, found.child) == ("given", "kafka.example:9092", None)


@needs_embedded
def test_without_java_the_embedded_broker_is_taken_and_the_reason_is_told(tmp_path):
    environ = without("java")
    assert broker.availability(environ)["kafka"] == "no java on PATH; install Java 17 or later"
    with broker.start(tmp_path, environ=environ) as found:
        assert found.kind == "embedded"
        assert "Tansu" in found.description
        assert found.child.exit_status() is None


def test_asking_for_what_cannot_be_had_gives_the_reason_and_takes_nothing_else(tmp_path):
    with pytest.raises(CannotBeHad, match="kafka: no java on PATH"):
        broker.start(tmp_path, kind="kafka", environ=without("java"))
    with pytest.raises(CannotBeHad, match="given: ROLLGUARD_KAFKA is not set"):
        broker.start(tmp_path, kind="given", environ={})


def test_an_old_java_is_named_with_the_version_that_is_needed(tmp_path):
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    java.chmod(0o755)
    assert broker.availability({"PATH": str(tmp_path)})["kafka"] == "java on PATH is version 11; install Java 17 or later"


@needs_java
def test_without_maven_and_without_jars_from_before_maven_is_asked_for(tmp_path):
    (tmp_path / "java").symlink_to(shutil.which("java"))
    environ = {"PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "empty")}
    assert broker.availability(environ)["kafka"] == "no mvn on PATH to bring its jars; install Maven"


@needs_java
def test_a_maven_that_cannot_bring_the_jars_leaves_nothing_behind_that_looks_whole(tmp_path):
    (tmp_path / "java").symlink_to(shutil.which("java"))
    maven = tmp_path / "mvn"
    maven.write_text("#!/bin/sh\necho 'no route to the repository'\nexit 1\n")
    maven.chmod(0o755)
    environ = {"PATH": f"{tmp_path}:/bin", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    for _ in range(2):
        with pytest.raises(CannotBeHad, match=r"mvn cannot bring the jars of Apache Kafka .*: no route to the repository"):
            broker.start(tmp_path / "run", kind="kafka", environ=environ)
    assert [path.suffix for path in (tmp_path / "cache" / "rollguard").iterdir()] == [".lock"]


@pytest.mark.real
@needs_java
def test_apache_kafka_started_again_in_the_same_folder_still_holds_its_records(tmp_path):
    topic = fresh_name("kept")
    with kafka_kraft.start(tmp_path) as first:
        port = int(first.bootstrap.rsplit(":", 1)[1])
        asyncio.run(_write(first.bootstrap, topic))
    with kafka_kraft.start(tmp_path, port=port) as second:
        assert second.bootstrap == first.bootstrap
        assert asyncio.run(_read(second.bootstrap, topic)) == [0, 1, 2]


@pytest.mark.real
def test_the_tracking_server_has_a_model_registry(mlflow_server):
    address = urlsplit(mlflow_server.url)
    connection = HTTPConnection(address.hostname, address.port, timeout=60)
    connection.request("GET", "/api/2.0/mlflow/registered-models/search")
    response = connection.getresponse()
    body = json.loads(response.read())
    connection.close()
    assert response.status == 200
    assert all(model["name"] != "rollguard-warm-up" for model in body.get("registered_models", []))


async def _write(bootstrap, topic):
    await create_topics(bootstrap, [topic])
    async with running(KafkaBus(SharedSettings(kafka=bootstrap), client_id="test").sink()) as sink:
        await sink.publish(numbered(topic, 3))


async def _read(bootstrap, topic):
    async with running(KafkaBus(SharedSettings(kafka=bootstrap), client_id="test").follower([topic])) as follower:
        return values(await follower.catch_up())
