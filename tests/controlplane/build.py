"""
Builds the control plane once a machine, and keeps it under the user's cache.

    python tests/controlplane/build.py            # prints the binary
    python tests/controlplane/build.py --why-not  # prints why it cannot be built here, and fails; builds nothing

The binary is named by all that goes into it (sources, Go's version, machine, flags), so a change of any builds another and nothing
stale is ever run. It appears by a rename; one process builds, others that come meanwhile wait for it. Inlining and debug data are
left out: nobody debugs it, and without them the build costs a third less.
"""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent / "server"
SOURCES = ("main.go", "go.mod", "go.sum")
VERSION = "v1.36.3"
GO_NEEDED = (1, 26)
FLAGS = (
    *("-mod=readonly", "-trimpath", "-buildvcs=false", "-gcflags=all=-l -dwarf=false"),
    f"-ldflags=-s -w -X k8s.io/component-base/version.gitVersion={VERSION}",
)
# Tests run beside the build, and they are what somebody waits for.
NICENESS = 10


def why_not(environ=os.environ) -> str | None:
    """Return why it can be neither found nor built here, or None."""
    go = _go(environ)
    if go is None:
        return "no go on PATH to build it; install Go {}.{} or later".format(*GO_NEEDED)
    found = tuple(int(number) for number in re.findall(r"\d+", go_version(go))[:2])
    if found < GO_NEEDED:
        return "go on PATH is {}.{}; install Go {}.{} or later".format(*found, *GO_NEEDED)
    return None


def go_version(go: str) -> str:
    """Return the version as Go says it: ``go1.26.8``."""
    return subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=True, env=_environment()).stdout.strip()


def binary(environ=os.environ) -> Path:
    """Return where the binary is, or will be."""
    digest = hashlib.sha256()
    for part in (
        *(HERE.joinpath(name).read_bytes() for name in SOURCES),
        repr((go_version(_go(environ)), platform.machine(), FLAGS)).encode(),
    ):
        digest.update(hashlib.sha256(part).digest())
    cache = Path(environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME", Path.home())) / ".cache")
    return cache / "rollguard" / f"controlplane-{digest.hexdigest()[:16]}" / "controlplane"


def build() -> Path:
    """Build it if it is not there, and return it; raises ``CalledProcessError`` if Go refuses."""
    wanted = binary()
    wanted.parent.mkdir(parents=True, exist_ok=True)
    with wanted.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not wanted.exists():
            part = wanted.with_suffix(f".{os.getpid()}")
            subprocess.run([_go(), "build", *FLAGS, "-o", str(part), "."], cwd=HERE, check=True, env=_environment())
            part.rename(wanted)
    return wanted


def _go(environ=os.environ):
    return shutil.which("go", path=environ.get("PATH", os.defpath))


def _environment() -> dict[str, str]:
    """Leave out what would make the same sources another binary, or have Go fetch another Go."""
    return {**os.environ, "GOFLAGS": "", "GOTOOLCHAIN": "local"}


def _say_why_not() -> int:
    reason = why_not()
    if reason is not None:
        print(reason)
    return 0 if reason is None else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["--why-not"]:
        sys.exit(_say_why_not())
    os.nice(NICENESS)
    print(build())
