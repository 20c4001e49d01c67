"""
The MLflow registry: an alias of a registered model names the revision that serves; revisions are version numbers.

A version is fetched by its number, never by the alias: the alias may move between two calls, and the telemetry would then name
another revision than the one that answers.
"""

import mlflow
from mlflow import MlflowClient
from mlflow import sklearn as mlflow_sklearn
from mlflow.exceptions import MlflowException
from requests.exceptions import RequestException

from rollguard_example_server.faults import FAULT_TAG
from rollguard_example_server.registry import Fetched, NotServed


class MlflowRegistry:
    """One alias of one registered model."""

    def __init__(self, client: MlflowClient, *, model: str, alias: str) -> None:
        self._client, self._model, self._alias = client, model, alias
        # Loading a model goes by the process's own setting, whatever client is at hand; unset, it would be a new local database.
        mlflow.set_tracking_uri(client.tracking_uri)

    def revision(self) -> str:
        """Return the version that the alias names."""
        try:
            return str(self._client.get_model_version_by_alias(self._model, self._alias).version)
        except (MlflowException, RequestException) as error:
            raise NotServed(f"cannot read {self._model}@{self._alias}: {error}") from error

    def fetch(self, revision: str) -> Fetched:
        """Download and load a version."""
        try:
            version = self._client.get_model_version(self._model, revision)
            model = mlflow_sklearn.load_model(f"models:/{self._model}/{revision}")
        except (MlflowException, RequestException, OSError) as error:
            raise NotServed(f"cannot load {self._model} version {revision}: {error}") from error
        return Fetched(revision, model, version.tags.get(FAULT_TAG))
