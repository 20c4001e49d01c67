"""
A binary logarithm that is the same everywhere.

A library's logarithm differs in its last bit between processors and between numpy and the standard library; a replay on another
machine would then tell another story. This one is made of operations that IEEE 754 rounds exactly, and is off by less than 4e-6.
"""

from math import frexp

# Of log2(m) / (m - 1) on [1/sqrt(2), sqrt(2)), least squares at Chebyshev's points, highest power of (m - 1) first.
TERMS = (-0.2068581242, 0.3184071184, -0.3664132594, 0.4797938842, -0.7212084676, 1.4427017998)
HALF_ROOT = 0.7071067811865476


def log2(value: float) -> float:
    """Return the binary logarithm of a positive, finite number."""
    mantissa, exponent = frexp(value)
    if mantissa < HALF_ROOT:
        mantissa, exponent = mantissa * 2.0, exponent - 1
    away = mantissa - 1.0
    total = TERMS[0]
    for term in TERMS[1:]:
        total = total * away + term
    return exponent + away * total
