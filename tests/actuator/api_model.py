"""
An API server without a network, and what may go wrong between it and a process: for worlds that live ten thousand times.

Requests reach the store of the fake API server directly. What happens at a request is laid out beforehand, counted in requests, so
that it can strike between any two steps: an error in the server's place, silence, a lost answer, the end of the process before or
after the server acted, or something that somebody else does.
"""

import json
from urllib.parse import urlencode

from actuator.registry import Killed
from controlplane.fake import answer
from rollguard_actuator.drivers.kubernetes.api import Answer, Api
from rollguard_runtime.errors import Temporary

ERRORS = (403, 409, 429, 500, 503)
FAULTS = (*ERRORS, "no-answer", "lost-answer", "dies-before", "dies-after")
HASH = "pod-template-hash"


class Wire:
    """What lies between the processes and the store; ``others`` says what somebody else may do, by name."""

    def __init__(self, store, others):
        self.store, self._others = store, others
        self.due, self.moves, self.struck, self.refused = [], [], [], False

    def lay_out(self, after, what):
        """Let something happen at the request after so many others."""
        self.due.append([after, what])

    async def next(self):
        """Let happen what is due, and return the fault that strikes this request, if one does."""
        for each in self.due:
            each[0] -= 1
        ripe = [what for left, what in self.due if left < 0]
        self.struck += ripe
        self.due = [each for each in self.due if each[0] >= 0]
        fault = None
        for what in ripe:
            if what in FAULTS:
                fault = what
            else:
                await self._others[what]()
        return fault

    def note(self, key, before, after):
        """Remember a move: which decision made it, from where, to where, and whether the workload was paused."""
        if key[1] == "deployments" and image_of(before) != image_of(after):
            claim = json.loads(after["metadata"]["annotations"]["rollguard.dev/claim"])
            is_paused = bool(before["spec"].get("paused"))
            self.moves.append((claim["decision_id"], image_of(before), image_of(after), is_paused))


class ModelApi(Api):
    """One process's connection."""

    def __init__(self, wire):
        super().__init__(None, timeout_seconds=0)
        self._wire = wire

    async def _exchange(self, method, path, query, headers, body):
        fault = await self._wire.next()
        if fault in ERRORS:
            self._wire.refused |= fault == 403
            return Answer(fault, b'{"message": "the model says so"}')
        if fault == "no-answer":
            raise Temporary("Kubernetes does not answer: the model is silent")
        if fault == "dies-before":
            raise Killed(fault)
        got = self._acted(method, path, query, headers, body)
        if fault == "dies-after":
            raise Killed(fault)
        if fault == "lost-answer":
            raise Temporary("Kubernetes does not answer: the model lost it")
        return got

    def _acted(self, method, path, query, headers, body):
        key = _workload(path)
        before = self._wire.store.get(key) if method == "PATCH" and key and "dryRun" not in query else None
        address = f"{path}?{urlencode(query)}"
        sent = None if body is None else json.dumps(body).encode()
        status, text = answer(self._wire.store, method, address, {"Authorization": "Bearer admin", **headers}, sent)
        if before is not None:
            self._wire.note(key, before, self._wire.store.get(key))
        return Answer(status, text)


def _workload(path):
    parts = path.split("/")
    is_workload = "deployments" in parts
    return ("apps", "deployments", parts[parts.index("namespaces") + 1], parts[-1]) if is_workload else None


def image_of(workload):
    """Return the tag that a workload runs."""
    return workload["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2]
