"""
Which rights an account lacks, asked of the API server itself (SelfSubjectAccessReview): nothing is tried out for it.
"""

import asyncio
from collections.abc import Sequence

from rollguard_actuator.core.ports import Lack
from rollguard_actuator.drivers.kubernetes.api import Api
from rollguard_actuator.drivers.kubernetes.rights import Right

_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


async def lacking(api: Api, namespace: str, rights: Sequence[Right]) -> tuple[Lack, ...]:
    """Return what of these rights the account lacks in a namespace."""
    asked = [(right, verb) for right in rights for verb in sorted(right.verbs)]
    allowed = await asyncio.gather(*(_may(api, namespace, right, verb) for right, verb in asked))
    return tuple(_lack(namespace, right, verb) for (right, verb), may in zip(asked, allowed, strict=True) if not may)


async def _may(api: Api, namespace: str, right: Right, verb: str) -> bool:
    resource, _, part = right.resource.partition("/")
    attributes = {
        "namespace": namespace,
        "group": right.group,
        "resource": resource,
        "subresource": part,
        "verb": verb,
        "name": right.name,
    }
    review = await api.create(_REVIEWS, {"spec": {"resourceAttributes": attributes}})
    return bool(review["status"]["allowed"])


def _lack(namespace: str, right: Right, verb: str) -> Lack:
    return Lack(
        what=f"{verb} {right.resource} in namespace {namespace}",
        is_optional=right.is_optional,
        mend=f"kubectl apply --namespace {namespace} --kustomize k8s/rights/{right.folder}",
    )
