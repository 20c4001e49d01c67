"""
What a person most likely meant by a word that is not known.
"""

import difflib
from collections.abc import Sequence

_FEW = 3


def choose(written: str, known: Sequence[str]) -> str:
    """Name the nearest of the known words, or all of them."""
    near = difflib.get_close_matches(written, known, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"write {' or '.join(known)}" if len(known) <= _FEW else f"there are {', '.join(known)}"
