"""
A model that the server carries, as an image with the weights in it does: one revision, which never changes while it runs.

On Kubernetes the revision is the pod's template hash, handed in by the downward API: a new version is then a new pod.
"""

from rollguard_example_server.fitting import train
from rollguard_example_server.registry import Fetched


class BuiltIn:
    """The registry of a server that asks none; ``fault`` as in ``faults``."""

    def __init__(self, *, revision: str, fault: str | None) -> None:
        self._revision, self._fault = revision, fault

    def revision(self) -> str:
        """Return the one that there is."""
        return self._revision

    def fetch(self, revision: str) -> Fetched:
        """Fit the model; it takes milliseconds, where an image would load its weights."""
        return Fetched(revision, train().pipeline, self._fault)
