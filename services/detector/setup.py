"""
Compiles the inner loops of the models and of the formats, where there is a C compiler; without one the detector takes the same
steps in numpy, slower.

What is compiled gives the very bits of the steps: no reordering of sums, no fused multiplications.
"""

from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

SOURCES = Path("src")
VIEWS = "rollguard_detector.core.loops._views"  # what all loops need to look at arrays, compiled once
EXACT = ["-O3", "-fno-math-errno", "-ffp-contract=off", "-g0"]
DIRECTIVES = {
    "language_level": 3,
    "boundscheck": False,
    "wraparound": False,
    "initializedcheck": False,
    "cdivision": True,
    "freethreading_compatible": True,
}


def extension(name: str, ending: str) -> Extension:
    """Return a module that may stay away: a machine without a compiler installs the detector too."""
    source = (SOURCES / name.replace(".", "/")).with_suffix(ending)
    return Extension(name, [str(source)], extra_compile_args=EXACT, optional=True)


def loops() -> list[Extension]:
    """Return all loops, and the views that they share."""
    names = sorted(".".join(source.relative_to(SOURCES).with_suffix("").parts) for source in SOURCES.rglob("loops/*.pyx"))
    return [extension(VIEWS, ".c"), *(extension(name, ".pyx") for name in names)]


setup(ext_modules=cythonize(loops(), compiler_directives=DIRECTIVES, shared_utility_qualified_name=VIEWS, force=False, quiet=True))
