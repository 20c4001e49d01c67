"""
The inner loops of the formats, compiled: each reads a poll message by message, where numpy takes a hundred steps of all messages.

The rule: a loop says of a message what its codec says, or leaves it to the codec; and whoever has no compiler takes the steps in
numpy.
"""

from pathlib import Path

from rollguard_detector.core.loops.compiled import Compiled

_loops = Compiled(__name__, Path(__file__).parent)
NAMES, of, are_compiled, left_alone = _loops.names, _loops.of, _loops.are_there, _loops.left_alone
