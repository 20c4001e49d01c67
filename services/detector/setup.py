"""
Compiles the inner loops of the models, where there is a C compiler; without one the detector runs the same steps in numpy, slower.

What is compiled gives the very bits of the steps: no reordering of sums, no fused multiplications.
"""

from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

LOOPS = Path("src/rollguard_detector/core/loops")
PACKAGE = "rollguard_detector.core.loops"
VIEWS = f"{PACKAGE}._views"  # what all loops need to look at arrays, compiled once
EXACT = ["-O3", "-fno-math-errno", "-ffp-contract=off", "-g0"]
DIRECTIVES = {
    "language_level": 3,
    "boundscheck": False,
    "wraparound": False,
    "initializedcheck": False,
    "cdivision": True,
    "freethreading_compatible": True,
}


def extension(name: str, source: str) -> Extension:
    """Return a module that may stay away: a machine without a compiler installs the detector too."""
    return Extension(name, [source], extra_compile_args=EXACT, optional=True)


def loops() -> list[Extension]:
    """Return all loops, and the views that they share."""
    sources = sorted(LOOPS.glob("*.pyx"))
    return [extension(VIEWS, str(LOOPS / "_views.c")), *(extension(f"{PACKAGE}.{source.stem}", str(source)) for source in sources)]


setup(ext_modules=cythonize(loops(), compiler_directives=DIRECTIVES, shared_utility_qualified_name=VIEWS, force=False, quiet=True))
