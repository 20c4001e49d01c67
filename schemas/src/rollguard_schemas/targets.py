"""
Targets: what a driver changes when a rollout is taken back.

A target is a tagged union over ``driver``, so that a policy that names a driver without its fields is refused by name and path.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from rollguard_schemas.fields import Name

# MLflow's own rule; "latest" and "v<digits>" are reserved by the registry and would shadow a version.
AliasName = Annotated[str, Meta(pattern=r"^(?!latest$|v\d+$)[\w-]+$", max_length=255)]


class MlflowAlias(msgspec.Struct, frozen=True, kw_only=True, tag_field="driver", tag="mlflow-alias"):
    """An alias of a registered model; its revisions are the model's version numbers."""

    model: Name
    alias: AliasName


Target = MlflowAlias


def describe(target: Target) -> str:
    """Name a target in one short phrase for people."""
    return f"mlflow alias {target.model}@{target.alias}"
