"""
A Kubernetes API server as the demo uses it: the few requests that a person would make with kubectl.

Plain HTTP with a token: the command line installs no Kubernetes client, which is the actuator's alone.
"""

import json
import ssl
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import yaml

Json = dict[str, Any]
_MERGE_PATCH = "application/merge-patch+json"
_TIMEOUT_SECONDS = 30.0


class KubernetesApi:
    """One server, as one account."""

    def __init__(self, server: str, token: str, authority: Path) -> None:
        self.server, self._token, self._authority = server, token, authority
        self._tls = ssl.create_default_context(cafile=str(authority))

    @classmethod
    def from_kubeconfig(cls, path: Path) -> Self:
        """Read a kubeconfig with one cluster and one user, whose token is in it."""
        kubeconfig = yaml.safe_load(path.read_text())
        cluster, user = kubeconfig["clusters"][0]["cluster"], kubeconfig["users"][0]["user"]
        return cls(cluster["server"], user["token"], Path(cluster["certificate-authority"]))

    def get(self, path: str) -> Json:
        """Read."""
        return self._ask("GET", path)

    def find(self, path: str) -> Json | None:
        """Read what may not be there."""
        try:
            return self.get(path)
        except HTTPError as error:
            with error:
                if error.code == HTTPStatus.NOT_FOUND:
                    return None
            raise

    def create(self, path: str, body: Json) -> Json:
        """Create."""
        return self._ask("POST", path, body)

    def merge(self, path: str, body: Json) -> Json:
        """Merge a patch into an object."""
        return self._ask("PATCH", path, body, content_type=_MERGE_PATCH)

    def write_kubeconfig(self, path: Path, token: str) -> None:
        """Write a kubeconfig of another account on the same server."""
        cluster = {"server": self.server, "certificate-authority": str(self._authority)}
        context = {"cluster": "demo", "user": "demo"}
        path.write_text(
            yaml.safe_dump(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "demo",
                    "clusters": [{"name": "demo", "cluster": cluster}],
                    "users": [{"name": "demo", "user": {"token": token}}],
                    "contexts": [{"name": "demo", "context": context}],
                }
            )
        )
        path.chmod(0o600)

    def _ask(self, method: str, path: str, body: Json | None = None, *, content_type: str = "application/json") -> Json:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": content_type, "Accept": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.server + path, data=data, headers=headers, method=method)  # noqa: S310  # the kubeconfig's https
        with urlopen(request, timeout=_TIMEOUT_SECONDS, context=self._tls) as answer:  # noqa: S310  # as above
            return dict(json.loads(answer.read()))
