"""
The worlds of the driver contract: a driver, a target of its own, and a way to register revisions and to make one live.
"""

import uuid

from actuator.receiver import SECRET, Receiver
from actuator.registry import FakeDriver, FakeRegistry
from rollguard_actuator.drivers.dry_run import DryRun
from rollguard_actuator.drivers.webhook import WebhookDriver
from rollguard_actuator.settings import ActuatorSettings
from rollguard_schemas.targets import MlflowAlias, Webhook


class FakeWorld:
    """The registry in memory."""

    def __init__(self):
        self.registry = FakeRegistry()
        self.driver = FakeDriver(self.registry)
        self.target = MlflowAlias(model="fraud", alias="champion")
        self._versions = 0

    def register(self):
        self._versions += 1
        self.registry.register(self.target.model, str(self._versions))
        return str(self._versions)

    def point(self, revision):
        self.registry.point(self.target, revision)

    def nowhere(self):
        return [self.target, MlflowAlias(model="there-is-no-such-model", alias="champion")]


class DryRunWorld(FakeWorld):
    """The registry in memory, behind a dry run."""

    def __init__(self):
        super().__init__()
        self.driver = DryRun(self.driver)


class WebhookWorld:
    """A receiver of webhooks that keeps what it is told."""

    def __init__(self):
        self.receiver = Receiver()
        self.driver = self.driver_with(SECRET)
        self.target = Webhook(url=self.receiver.url, name="fraud")

    def driver_with(self, secret):
        return WebhookDriver.by(ActuatorSettings(webhook_secret=secret, webhook_timeout_seconds=30))

    def register(self):
        revision = f"v{len(self.receiver.known) + 1}"
        self.receiver.known[revision] = True
        return revision

    def point(self, revision):
        self.receiver.live = revision

    def nowhere(self):
        return [self.target, Webhook(url=self.receiver.url, name="there-is-none")]

    def close(self):
        self.receiver.close()


class MlflowWorld:
    """A model of its own on the real server."""

    def __init__(self, url):
        from rollguard_actuator.drivers.mlflow_alias import MlflowAliasDriver  # noqa: PLC0415  # takes seconds, only where it is used

        self.driver = MlflowAliasDriver(url, timeout_seconds=30)
        self.target = MlflowAlias(model=f"fraud-{uuid.uuid4().hex[:8]}", alias="champion")
        self._client = self.driver._client
        self._client.create_registered_model(self.target.model)

    def register(self):
        return self._client.create_model_version(self.target.model, "s3://models/fraud", await_creation_for=0).version

    def point(self, revision):
        self._client.set_registered_model_alias(self.target.model, self.target.alias, revision)

    def nowhere(self):
        return [self.target, MlflowAlias(model="there-is-no-such-model", alias="champion")]
