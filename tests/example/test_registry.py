"""Training and serving against the real MLflow server."""

import pytest

from example.fakes import HandClock
from rollguard_example_server.dataset import held_out_rows
from rollguard_example_server.faults import Effects, UnknownFault
from rollguard_example_server.registry import NotServed
from rollguard_example_server.serving import Served

# MLflow warns about its own type hints when its loaders are first imported, and that is not ours to mend.
pytestmark = [pytest.mark.real, pytest.mark.filterwarnings("ignore")]
MODEL = "example-test"


@pytest.fixture
def client(mlflow_server):
    from mlflow import MlflowClient  # noqa: PLC0415  # takes seconds

    return MlflowClient(tracking_uri=mlflow_server.url)


def test_versions_are_trained_registered_promoted_and_loaded_by_alias(client):
    from rollguard_example_server import training  # noqa: PLC0415  # takes seconds
    from rollguard_example_server.mlflow_registry import MlflowRegistry  # noqa: PLC0415  # takes seconds

    healthy = training.register(client, MODEL)
    faulty = training.register(client, MODEL, "latency:0.004")
    registry = MlflowRegistry(client, model=MODEL, alias="champion")
    with pytest.raises(NotServed, match="champion"):
        registry.revision()
    training.promote(client, MODEL, "champion", healthy)
    assert registry.revision() == healthy
    assert registry.fetch(healthy).fault is None
    training.promote(client, MODEL, "champion", faulty)
    assert registry.revision() == faulty
    fetched = registry.fetch(faulty)
    assert fetched.fault == "latency:0.004"
    assert accuracy(Served(fetched, HandClock())) > 0.95
    with pytest.raises(NotServed, match="version 99"):
        registry.fetch("99")
    with pytest.raises(UnknownFault):
        training.register(client, MODEL, "slow:1")
    assert len(client.search_model_versions(f"name='{MODEL}'")) == 2


def accuracy(served):
    rows = held_out_rows()
    answers = served.answer(rows.features, Effects())
    return sum(answer == label for answer, label in zip(answers, rows.labels, strict=True)) / len(answers)
