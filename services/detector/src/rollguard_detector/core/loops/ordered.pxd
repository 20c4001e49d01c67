# cython: cdivision=True, boundscheck=False, wraparound=False, initializedcheck=False
"""
A slot of an ordered row is given away and another one opened: ``core/banks/ordered.py`` for one row.
"""
from libc.string cimport memmove


cdef inline void exchange(char *slots, Py_ssize_t width, Py_ssize_t gone, Py_ssize_t place) noexcept nogil:
    """Close ``gone`` and open ``place``, which counts the slots that are left; ``width`` is in bytes."""
    if gone < place:
        memmove(slots + gone * width, slots + (gone + 1) * width, (place - gone) * width)
    elif gone > place:
        memmove(slots + (place + 1) * width, slots + place * width, (gone - place) * width)
