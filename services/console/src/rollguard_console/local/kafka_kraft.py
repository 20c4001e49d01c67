"""
Apache Kafka as one KRaft node in one JVM, from the jars that Maven brings.

The jars are brought once and kept under the user's cache; a half-finished download is never seen, since the folder appears by a
rename. Formatting is skipped where the log exists, so a broker that is started again in the same run folder and on the same port
is the same broker after a restart.
"""

import fcntl
import os
import re
import shutil
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory

from rollguard_console.local import ports
from rollguard_console.local.children import ChildFailed, start_ready
from rollguard_console.local.part import Broker, CannotBeHad

VERSION = "4.1.1"
_JAVA_NEEDED = 17
_HERE = Path(__file__).parent / "kafka"
_FETCH_SECONDS, _FORMAT_SECONDS, _START_SECONDS = 900.0, 120.0, 120.0


def why_not(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return why it cannot be had here, or None."""
    java = _which("java", environ)
    if java is None:
        return f"no java on PATH; install Java {_JAVA_NEEDED} or later"
    if (found := _java_version(java)) < _JAVA_NEEDED:
        return f"java on PATH is version {found}; install Java {_JAVA_NEEDED} or later"
    if not _jars(environ).is_dir() and _which("mvn", environ) is None:
        return "no mvn on PATH to bring its jars; install Maven"
    return None


def start(run_dir: Path, *, port: int | None = None, environ: Mapping[str, str] = os.environ) -> Broker:
    """
    Start it and wait until it accepts connections; the first time on a machine also brings the jars.

    Raises:

        CannotBeHad: where Java or Maven is missing, or Maven cannot bring the jars.
        ChildFailed: when it does not start.
    """
    reason = why_not(environ)
    if reason is not None:
        raise CannotBeHad(reason)
    jars = _bring_jars(environ)
    port = port or ports.free_port()
    properties = _configure(run_dir, port)
    java = [str(_which("java", environ)), "-cp", f"{jars}/*", f"-Dlog4j2.configurationFile={_HERE / 'log4j2.properties'}"]
    if not (run_dir / "kafka-log").exists():
        _format_log(java, properties)
    child = start_ready(
        "kafka",
        [*java, "-Xmx384m", "kafka.Kafka", properties],
        run_dir=run_dir,
        is_ready=partial(ports.is_open, port),
        timeout_seconds=_START_SECONDS,
    )
    return Broker(kind="kafka", description=f"Apache Kafka {VERSION} (KRaft)", address=f"{ports.LOOPBACK}:{port}", child=child)


def _which(program: str, environ: Mapping[str, str]) -> str | None:
    return shutil.which(program, path=environ.get("PATH", os.defpath))


def _java_version(java: str) -> int:
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False, timeout=60).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


def _jars(environ: Mapping[str, str]) -> Path:
    cache = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME", Path.home())) / ".cache"
    return Path(cache) / "rollguard" / f"kafka-{VERSION}"


def _bring_jars(environ: Mapping[str, str]) -> Path:
    """Return the folder of jars; one process fetches, others that come meanwhile wait for it."""
    jars = _jars(environ)
    if jars.is_dir():
        return jars
    jars.parent.mkdir(parents=True, exist_ok=True)
    with _locked(jars.with_name(f"{jars.name}.lock")), TemporaryDirectory(dir=jars.parent) as scratch:
        if not jars.is_dir():
            _fetch(str(_which("mvn", environ)), Path(scratch) / "jars")
            (Path(scratch) / "jars").rename(jars)
    return jars


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(maven: str, into: Path) -> None:
    done = subprocess.run(
        [
            *(maven, "--quiet", "--batch-mode", "--file", str(_HERE / "pom.xml"), "dependency:copy-dependencies"),
            *(f"-DoutputDirectory={into}", "-DincludeScope=runtime", f"-Dkafka.version={VERSION}"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=_FETCH_SECONDS,
    )
    if done.returncode != 0:
        raise CannotBeHad(f"mvn cannot bring the jars of Apache Kafka {VERSION}: {_end_of(done.stdout)}")


def _configure(run_dir: Path, port: int) -> Path:
    run_dir.mkdir(parents=True, exist_ok=True)
    names = {"port": port, "controller_port": ports.free_port(), "log_dir": run_dir.resolve() / "kafka-log"}
    properties = run_dir.resolve() / "server.properties"
    properties.write_text(Template((_HERE / "server.properties").read_text()).substitute(names))
    return properties


def _format_log(java: list[str], properties: Path) -> None:
    cluster = urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
    tool = ["-XX:TieredStopAtLevel=1", "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", f"--config={properties}"]
    done = subprocess.run([*java, *tool], capture_output=True, text=True, check=False, timeout=_FORMAT_SECONDS)
    if done.returncode != 0:
        raise ChildFailed(f"Kafka's log could not be formatted: {_end_of(done.stdout + done.stderr)}")


def _end_of(text: str) -> str:
    return " | ".join(text.strip().splitlines()[-5:])
