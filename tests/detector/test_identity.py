"""
Who is it: the ecosystem's names, in their order, and what stays unknown.
"""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.worlds import WORKLOAD
from rollguard_detector.core.identity import Identities
from rollguard_detector.core.identity_rules import IdentityRule

SCORER = {"namespace": "shop", "deployment": "fraud-scorer"}

KNOWN = {
    "an OpenTelemetry service as Prometheus shows it": (
        {"service_namespace": "shop", "service_name": "fraud-scorer", "service_version": "7"}, "7", None),
    "a service before the deployment that runs it": (
        SCORER | {"deployment": "blue", "service_namespace": "shop", "service_name": "fraud-scorer"}, None, None),
    "a Prometheus target's labels": (SCORER | {"version": "7"}, "7", None),
    "a deployment's pod": ({"namespace": "shop", "pod": "fraud-scorer-6f9c8d7b5c-x2k4p"}, None, "6f9c8d7b5c"),
    "a stateful set's pod": ({"namespace": "shop", "pod": "fraud-scorer-0"}, None, None),
    "a daemon set's pod": ({"namespace": "shop", "pod": "fraud-scorer-x2k4p"}, None, None),
    "a deployment beside its pod": (SCORER | {"pod": "fraud-scorer-6f9c8d7b5c-x2k4p"}, None, "6f9c8d7b5c"),
    "a replica set": (SCORER | {"replicaset": "fraud-scorer-6f9c8d7b5c"}, None, "fraud-scorer-6f9c8d7b5c"),
    "a pod template hash": (SCORER | {"pod_template_hash": "6f9c8d7b5c"}, None, "6f9c8d7b5c"),
    "a Kubernetes service": ({"namespace": "shop", "service": "fraud-scorer", "job": "other"}, None, None),
    "a job in a namespace": ({"namespace": "shop", "job": "fraud-scorer"}, None, None),
    "a job that holds both": ({"job": "shop/fraud-scorer"}, None, None),
    "a KServe inference service before its pod": (
        {"namespace": "shop", "inferenceservice_name": "fraud-scorer", "revision_name": "r-2",
         "pod": "fraud-scorer-predictor-00002-deployment-6f9c8d7b5c-x2k4p"}, "r-2", "6f9c8d7b5c"),
    "a vLLM model": ({"namespace": "shop", "model_name": "fraud-scorer"}, None, None),
    "a Triton model with its version": ({"namespace": "shop", "model": "fraud-scorer", "version": "7"}, "7", None),
    "Telegraf's Kubernetes tags": ({"namespace": "shop", "deployment_name": "fraud-scorer", "host": "n"}, None, None),
    "Vector's Kubernetes tags": ({"pod_namespace": "shop", "pod_name": "fraud-scorer-6f9c8d7b5c-x2k4p"}, None, "6f9c8d7b5c"),
    "Datadog's Kubernetes tags": ({"kube_namespace": "shop", "kube_deployment": "fraud-scorer"}, None, None),
}  # fmt: skip


@pytest.mark.parametrize("case", KNOWN)
def test_the_ecosystems_names_are_known(case):
    labels, revision, template = KNOWN[case]
    who = Identities().of_labels(labels)
    assert (who.workload, who.revision, who.template) == (WORKLOAD, revision, template)


@pytest.mark.parametrize("labels", [{}, {"namespace": "shop"}, {"deployment": "fraud-scorer"}, {"job": ""}, {"host": "node-1"}])
def test_half_a_name_is_none(labels):
    who = Identities().of_labels(labels)
    assert (who.workload, who.reason) == (None, "unknown-workload")


def test_a_name_that_the_schema_forbids_is_another_reason():
    who = Identities().of_labels({"namespace": "Shop!", "job": "x"})
    assert (who.workload, who.reason) == (None, "out-of-schema")


def test_what_was_read_for_a_name_is_no_label_any_more():
    who = Identities().of_labels(SCORER | {"version": "7", "pod_template_hash": "6f9c8d7b5c", "code": "200"})
    assert who.labels == {"code": "200"}


def test_a_pod_stays_a_label_since_replicas_count_apart():
    pod = {"namespace": "shop", "pod": "fraud-scorer-6f9c8d7b5c-x2k4p"}
    assert Identities().of_labels(pod).labels == {"pod": pod["pod"]}


def test_a_resource_makes_one_series_whether_it_came_as_attributes_or_as_labels():
    resource = {"service.namespace": "shop", "service.name": "fraud-scorer", "service.version": "7", "service.instance.id": "pod-1"}
    flat = {name.replace(".", "_"): text for name, text in resource.items()}
    identities = Identities()
    one, other = identities.of_resource(resource), identities.of_labels(flat)
    assert (one.workload, one.revision, one.labels) == (other.workload, other.revision, other.labels)
    assert one.labels == {"instance": "pod-1"}


def test_rules_are_tried_in_order_and_may_bring_a_namespace_and_a_pattern():
    rules = (
        IdentityRule(name=("app",), fixed_namespace="ml", pattern=r"(?P<name>.+)-v(?P<number>\d+)", revision=("image",)),
        IdentityRule(name=("app",), namespace=("team",)),
    )
    identities = Identities(rules)
    assert identities.of_labels({"app": "ranker-v3", "image": "x:3"}).workload == "ml/ranker"
    assert identities.of_labels({"app": "ranker", "team": "shop"}).workload == "shop/ranker"
    assert identities.of_labels(SCORER).reason == "unknown-workload"


def test_a_pattern_that_is_none_is_refused_at_once():
    with pytest.raises(msgspec.ValidationError, match="no regular expression"):
        msgspec.convert({"name": ["app"], "pattern": "("}, IdentityRule)


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=20), max_size=6))
def test_no_labels_raise_and_what_is_found_is_found_again(labels):
    identities = Identities()
    assert identities.of_labels(labels) == identities.of_labels(labels) == Identities().of_labels(labels)
