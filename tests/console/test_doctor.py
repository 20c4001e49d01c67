"""``rollguard doctor``: all that is wrong at once, each with its mend."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from rollguard_console.health import check_topics
from rollguard_runtime.errors import Temporary
from rollguard_runtime.memory import MemoryBus
from rollguard_schemas.topics import POLICIES, TOPICS
from support.command_line import PARTITIONS

_MEND = "kubectl apply --namespace shop --kustomize k8s/rights/workloads"
_RIGHTS = []


class _Service(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/well/rights":
            self._answer(200, json.dumps(_RIGHTS).encode())
            return
        is_well = self.path in ("/well/healthz", "/well/health")
        self._answer(200 if is_well else 503, b"alive\n" if is_well else b"loop pump has not gone round\nmore")

    def _answer(self, status, content):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def address():
    server = HTTPServer(("127.0.0.1", 0), _Service)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _found(document):
    return {check["name"]: check["status"] for check in document["checks"]}


def test_when_all_is_well_every_check_says_so(rollguard, address):
    rollguard.environ = {"ROLLGUARD_CONSOLE_MLFLOW_URL": f"{address}/well/"}
    urls = [word for name in ("detector", "decider", "actuator") for word in (f"--{name}", f"{address}/well")]

    document = rollguard.document("doctor", *urls)

    names = ("broker", "topics", "policies", "detector", "decider", "actuator", "mlflow")
    assert _found(document) == dict.fromkeys(names, "ok")
    assert f"{sum(len(topic.names) for topic in TOPICS)} topics, {PARTITIONS} partitions each" in document["checks"][1]["detail"]


def test_what_has_no_address_is_not_checked_and_is_no_failure(rollguard):
    document = rollguard.document("doctor")

    assert _found(document)["detector"] == "not-checked"
    assert document["checks"][3]["mend"] == "set ROLLGUARD_CONSOLE_DETECTOR_URL or give --detector"


def test_a_service_that_is_not_alive_is_wrong_and_its_complaint_is_told(rollguard, address):
    document = rollguard.document("doctor", "--decider", address, code=3)

    assert _found(document)["decider"] == "wrong"
    assert "503 loop pump has not gone round" in document["checks"][4]["detail"]


def test_a_service_that_does_not_answer_is_unreachable(rollguard):
    document = rollguard.document("doctor", "--actuator", "http://127.0.0.1:1", code=4)

    assert _found(document)["actuator"] == "unreachable"


def test_an_address_that_is_no_url_is_wrong(rollguard):
    assert _found(rollguard.document("doctor", "--mlflow", "file:///etc/hosts", code=3))["mlflow"] == "wrong"


def test_a_policy_that_cannot_be_read_is_wrong(rollguard):
    rollguard.put(POLICIES.name, b"{")

    assert _found(rollguard.document("doctor", code=3))["policies"] == "wrong"


def test_policies_are_counted_with_how_many_act(rollguard, policy_text):
    rollguard("policy", "apply", "-f", "-", text=policy_text)

    assert "1 in force, 1 of them act" in rollguard("doctor").stdout


def test_without_a_broker_the_other_checks_still_answer(rollguard, address):
    rollguard.bus = _Away()

    document = rollguard.document("doctor", "--detector", f"{address}/well", code=4)

    found = _found(document)
    assert (found["broker"], found["topics"], found["policies"]) == ("unreachable", "not-checked", "not-checked")
    assert found["detector"] == "ok"


def test_a_command_without_a_broker_ends_with_4(rollguard):
    rollguard.bus = _Away()

    result = rollguard("kill-switch", "on", "--why", "x", "--json")

    assert result.exit_code == 4
    assert json.loads(result.stdout)["error"] == "Kafka does not answer"


def test_missing_topics_are_named():
    check = check_topics(["a", "b"], {"a": 4})

    assert (check.status, check.detail, check.mend) == ("wrong", "missing: b", "run `rollguard topics apply`")


def test_unequal_partitions_are_told():
    check = check_topics(["a", "b"], {"a": 4, "b": 1})

    assert (check.status, check.detail) == ("wrong", "unequal partitions: a 4, b 1")


class _Away(MemoryBus):
    """A broker that does not answer."""

    async def partition_counts(self, topics):
        raise Temporary("Kafka does not answer")


@pytest.fixture
def rights():
    yield _RIGHTS
    _RIGHTS.clear()


def lacking(*, is_optional):
    lack = {"what": "patch deployments in namespace shop", "is_optional": is_optional, "mend": _MEND}
    return {"driver": "kubernetes-deployment", "namespace": "shop", "lacks": [lack], "error": None}


def test_a_right_that_the_actuator_lacks_is_wrong_and_comes_with_its_mend(rollguard, address, rights):
    rights.append(lacking(is_optional=False))
    document = rollguard.document("doctor", "--actuator", f"{address}/well", code=3)
    check = document["checks"][-1]
    assert (check["name"], check["status"], check["mend"]) == ("rights kubernetes-deployment shop", "wrong", _MEND)
    assert "patch deployments in namespace shop" in check["detail"]


def test_a_right_that_a_driver_can_do_without_is_told_and_is_no_failure(rollguard, address, rights):
    rights.append(lacking(is_optional=True))
    check = rollguard.document("doctor", "--actuator", f"{address}/well")["checks"][-1]
    assert (check["status"], check["mend"]) == ("ok", _MEND)


def test_a_driver_whose_keeper_does_not_answer_is_not_checked(rollguard, address, rights):
    rights.append({"driver": "kubernetes-deployment", "namespace": "shop", "lacks": [], "error": "Kubernetes does not answer"})
    assert rollguard.document("doctor", "--actuator", f"{address}/well")["checks"][-1]["status"] == "not-checked"
