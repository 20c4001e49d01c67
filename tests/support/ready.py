"""
Servers in Prometheus' manner: they say at one path that they are ready, and by one option what they are.
"""

import subprocess
from urllib.error import URLError
from urllib.request import urlopen


def is_ready(address):
    """Say whether the server at ``host:port`` takes requests."""
    try:
        with urlopen(f"http://{address}/-/ready", timeout=2) as answer:
            return answer.status == 200
    except (URLError, OSError):
        return False


def version_of(program):
    """Return the version that a program says it is."""
    told = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
    return (told.stdout or told.stderr).split("version ")[1].split()[0].rstrip(",")
