"""
The inner loops of the models, compiled: each does a bank's step row by row, where numpy takes a hundred steps of all rows.

The rule: a loop gives the very bits that its bank's steps in numpy give, and whoever has no compiler has those.
"""

from pathlib import Path

from rollguard_detector.core.loops.compiled import Compiled

_loops = Compiled(__name__, Path(__file__).parent)
NAMES, of, are_compiled, left_alone = _loops.names, _loops.of, _loops.are_there, _loops.left_alone
