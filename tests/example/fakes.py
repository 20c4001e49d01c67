"""What stands in for the registry, the broker and the clock."""

from rollguard_example_server.publishing import Unreachable
from rollguard_example_server.registry import Fetched, NotServed


class ConstantModel:
    """Answers every row alike."""

    def __init__(self, answer=1):
        self._answer = answer

    def predict(self, rows):
        return [self._answer for _ in rows]


class BrokenModel:
    """Raises what it likes, as models do."""

    def predict(self, rows):
        raise RuntimeError("the weights do not fit")


class FakeRegistry:
    """Versions by number; ``alias`` None is a registry that does not answer."""

    def __init__(self):
        self.alias = "1"
        self.versions = {"1": Fetched("1", ConstantModel())}
        self.fetched = []

    def revision(self):
        if self.alias is None:
            raise NotServed("the registry does not answer")
        return self.alias

    def fetch(self, revision):
        self.fetched.append(revision)
        if revision not in self.versions:
            raise NotServed(f"version {revision} cannot be loaded")
        return self.versions[revision]

    def roll_out(self, revision, *, model=None, fault=None):
        self.versions[revision] = Fetched(revision, model or ConstantModel(), fault)
        self.alias = revision


class FakeBroker:
    """Keeps what it took; refuses the first so many offers."""

    def __init__(self, *, refusals=0):
        self.taken = []
        self.refusals = refusals
        self.is_stopped = False

    async def publish(self, batch):
        if self.refusals:
            self.refusals -= 1
            raise Unreachable("nobody is at home")
        self.taken.extend(batch)

    async def stop(self):
        self.is_stopped = True


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now
