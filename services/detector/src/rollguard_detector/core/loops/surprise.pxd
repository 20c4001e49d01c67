# cython: cdivision=True, boundscheck=False, wraparound=False, initializedcheck=False
"""
The columns of a ``SurpriseBank``, and the step of one row: how rare a measure is, which is learned then.
"""
from libc.math cimport log10
from libc.stdint cimport int64_t

from rollguard_detector.core.loops.grades cimport Scale, graded, logarithm
from rollguard_detector.core.loops.ordered cimport exchange

cdef int LEAST_SAMPLES, ROUNDING
cdef double LOG_TEN


cdef class Surprises:
    cdef Scale scale
    cdef double least_exponent
    cdef unsigned short[:, ::1] largest
    cdef unsigned short[::1] last
    cdef int[::1] at, samples


cdef inline double surprise_of(Surprises bank, Py_ssize_t row, double oddity) noexcept nogil:
    """Return the surprise, then learn the measure."""
    cdef int64_t grade = graded(&bank.scale, oddity)
    cdef double score = 0.0
    if grade <= bank.largest[row, 0] + ROUNDING:
        bank.samples[row] += 1
        return 0.0
    score = _score(bank, row, grade)
    bank.samples[row] += 1
    _keep(bank, row, grade)
    return score


cdef inline double surprise_unlearned(Surprises bank, Py_ssize_t row, double oddity) noexcept nogil:
    """Return the surprise alone."""
    cdef int64_t grade = graded(&bank.scale, oddity)
    return _score(bank, row, grade) if grade > bank.largest[row, 0] + ROUNDING else 0.0


cdef inline int _below(Surprises bank, Py_ssize_t row, int64_t grade) noexcept nogil:
    """Return how many of the largest are less than a grade."""
    cdef const unsigned short *largest = &bank.largest[row, 0]
    cdef unsigned short bound = <unsigned short>grade
    cdef unsigned short below = 0
    cdef Py_ssize_t slot
    for slot in range(bank.largest.shape[1]):
        below += largest[slot] < bound
    return below


cdef inline double _score(Surprises bank, Py_ssize_t row, int64_t grade) noexcept nogil:
    cdef int samples = bank.samples[row], as_odd
    if samples < LEAST_SAMPLES:
        return 0.0
    as_odd = <int>bank.largest.shape[1] - _below(bank, row, grade)
    cdef double score = log10((<double>samples + 1.0) / (as_odd + 1))
    return score if as_odd > 0 or bank.largest[row, 0] == 0 else score + _beyond(bank, row, grade)


cdef inline double _beyond(Surprises bank, Py_ssize_t row, int64_t grade) noexcept nogil:
    """Return how many powers of ten rarer than the oddest so far; Hill's estimate, from whole logarithms."""
    cdef Py_ssize_t kept = bank.largest.shape[1], slot
    cdef int64_t least = logarithm(&bank.scale, bank.largest[row, 0]), total = 0
    cdef int64_t away = logarithm(&bank.scale, grade) - logarithm(&bank.scale, bank.largest[row, kept - 1])
    for slot in range(kept):
        total += logarithm(&bank.scale, bank.largest[row, slot])
    return away / max(<double>(total - kept * least) / (kept - 1), bank.least_exponent) / LOG_TEN


cdef inline void _keep(Surprises bank, Py_ssize_t row, int64_t grade) noexcept nogil:
    """Keep a grade in the place of the least, or of its neighbour's; a neighbour that was odder stands for both."""
    cdef int kept = <int>bank.largest.shape[1], samples = bank.samples[row], gone = 0
    cdef unsigned short *largest = &bank.largest[row, 0]
    if samples > kept and samples - bank.at[row] <= 1:
        if grade <= bank.last[row]:
            return
        gone = min(_below(bank, row, bank.last[row]), kept - 1)
    cdef int place = _below(bank, row, grade) - 1  # what goes is less: the least, or a neighbour that was less odd
    exchange(<char *>largest, sizeof(unsigned short), gone, place)
    largest[place] = <unsigned short>grade
    bank.last[row], bank.at[row] = <unsigned short>grade, samples
