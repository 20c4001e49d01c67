"""
Logs the trained model to MLflow and registers a version of it.

Each version is trained anew: the fit takes milliseconds, importing the libraries takes seconds. The model's requirements are given,
since MLflow would otherwise install and import to find them out. A fault is only a tag; the artifact itself is always healthy, so
the same bytes can be shown behaving well and badly.
"""

import sys
from contextlib import redirect_stdout

import mlflow
from mlflow import MlflowClient
from mlflow import sklearn as mlflow_sklearn
from mlflow.exceptions import MlflowException
from mlflow.models.model import ModelInfo
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, ErrorCode

from rollguard_example_server.dataset import training_rows
from rollguard_example_server.faults import FAULT_TAG, HEALTHY, parse
from rollguard_example_server.fitting import REGULARISATION, Trained, train

REQUIREMENTS = ("scikit-learn", "skops")
_ALREADY_EXISTS = ErrorCode.Name(RESOURCE_ALREADY_EXISTS)


def register(client: MlflowClient, model_name: str, fault: str | None = None) -> str:
    """
    Train, log and register one version; return its number.

    Raises:

        UnknownFault: before anything is written.
    """
    parse(fault)
    tags = {} if fault in (None, HEALTHY) else {FAULT_TAG: str(fault)}
    logged = _log(client, model_name, train())
    _ensure_registered_model(client, model_name)
    version = client.create_model_version(
        model_name, logged.model_uri, run_id=logged.run_id, model_id=logged.model_id, tags=tags, await_creation_for=0
    )
    return str(version.version)


def promote(client: MlflowClient, model_name: str, alias: str, version: str) -> None:
    """Point the alias at a version: this is the rollout."""
    client.set_registered_model_alias(model_name, alias, version)


def _log(client: MlflowClient, experiment: str, trained: Trained) -> ModelInfo:
    mlflow.set_tracking_uri(client.tracking_uri)
    mlflow.set_experiment(experiment)
    # MLflow prints a link to the run; standard output is kept for the command's answer.
    with redirect_stdout(sys.stderr), mlflow.start_run():
        mlflow.log_params({"regularisation": REGULARISATION, "training_rows": len(training_rows().labels)})
        mlflow.log_metric("accuracy", trained.accuracy_ratio)
        logged: ModelInfo = mlflow_sklearn.log_model(trained.pipeline, name="model", pip_requirements=list(REQUIREMENTS))
        return logged


def _ensure_registered_model(client: MlflowClient, model_name: str) -> None:
    try:
        client.create_registered_model(model_name)
    except MlflowException as error:
        if error.error_code != _ALREADY_EXISTS:
            raise
