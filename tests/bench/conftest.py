"""
Makes the measurements' own modules importable: they are programs beside the packages, not a package that is installed.
"""

import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parents[2] / "bench"
if str(BENCH) not in sys.path:
    sys.path.append(str(BENCH))
