"""
A cluster as tests use it: objects as JSON, a namespace for each test, accounts with just the rights that a test gives.
"""

import json
import time
import uuid

from kubernetes import client, config

MERGE, JSON_PATCH = "application/merge-patch+json", "application/json-patch+json"
PATIENCE_SECONDS = 60.0


class Refused(Exception):
    """The server said no."""

    def __init__(self, status, text):
        super().__init__(f"{status}: {text}")
        self.status = status


class Cluster:
    """One API server, with the rights of whoever the client is."""

    def __init__(self, configuration, user="admin"):
        self.configuration, self.user = configuration, user
        self.client = client.ApiClient(configuration)

    @classmethod
    def from_kubeconfig(cls, path):
        configuration = client.Configuration()
        configuration.retries = False
        config.load_kube_config(config_file=str(path), client_configuration=configuration)
        return cls(configuration)

    @property
    def version(self):
        return self.get("/version")["gitVersion"]

    def close(self):
        self.client.close()

    def request(self, method, path, body=None, *, content_type="application/json", query=()):
        """Ask, and return what the server sent."""
        headers = {"Accept": "application/json", "Content-Type": content_type}
        asked = self.client.param_serialize(method, path, None, list(query), headers, body, auth_settings=["BearerToken"])
        response = self.client.call_api(*asked, _request_timeout=30)
        text = response.read()
        if response.status >= 400:
            raise Refused(response.status, text.decode())
        return json.loads(text)

    def get(self, path):
        return self.request("GET", path)

    def find(self, path):
        """Read what may not be there."""
        try:
            return self.get(path)
        except Refused as error:
            if error.status == 404:
                return None
            raise

    def create(self, path, body):
        return self.request("POST", path, body)

    def merge(self, path, body, *, manager="kubectl"):
        """Merge a patch into an object, as a person would."""
        return self.request("PATCH", path, body, content_type=MERGE, query=[("fieldManager", manager)])

    def delete(self, path):
        return self.request("DELETE", path)

    def namespace(self):
        """Make a namespace in which pods can be made."""
        name = f"test-{uuid.uuid4().hex[:8]}"
        self.create("/api/v1/namespaces", {"metadata": {"name": name}})
        until(lambda: self.find(f"/api/v1/namespaces/{name}/serviceaccounts/default"))
        return name

    def account(self, namespace, rules):
        """Make an account with these rules in a namespace, and return the cluster as it sees it."""
        name, rbac = f"account-{uuid.uuid4().hex[:8]}", f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}"
        accounts = f"/api/v1/namespaces/{namespace}/serviceaccounts"
        self.create(accounts, {"metadata": {"name": name}})
        self.create(f"{rbac}/roles", {"metadata": {"name": name}, "rules": rules})
        subject = {"kind": "ServiceAccount", "name": name, "namespace": namespace}
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}
        self.create(f"{rbac}/rolebindings", {"metadata": {"name": name}, "subjects": [subject], "roleRef": role})
        token = self.create(f"{accounts}/{name}/token", {"spec": {"expirationSeconds": 3600}})["status"]["token"]
        mine = client.Configuration(host=self.configuration.host)
        mine.ssl_ca_cert, mine.verify_ssl = self.configuration.ssl_ca_cert, self.configuration.verify_ssl
        mine.retries, mine.api_key = False, {"authorization": f"Bearer {token}"}
        return Cluster(mine, f"system:serviceaccount:{namespace}:{name}")


def until(condition):
    """Wait until a condition holds, patiently, and return what it gave."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not (held := condition()):
        assert time.monotonic() < give_up, "it never came to hold"
        time.sleep(0.02)
    return held
