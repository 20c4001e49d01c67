# cython: cdivision=True, boundscheck=False, wraparound=False
"""
A message cut at its two numbers: what is left is its form, byte for byte, with a NUL where each cut was.

A message that the codec read has no NUL of its own, so whoever has the same form was cut at the same two places.
"""
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_GET_SIZE
from libc.string cimport memchr, memcmp, memcpy, memset

from rollguard_detector.inputs.loops.json_number cimport read_number

ctypedef unsigned long long Word

cdef enum:
    MOST_BYTES = 512
    WORD = 8

cdef extern from *:
    """
    static const unsigned long long rollguard_odd = 0x9E3779B97F4A7C15u;
    """
    const Word ODD "rollguard_odd"

cdef struct Message:
    double at_seconds
    double value
    Word hash
    Py_ssize_t length  # of the form, without what fills its last words
    char form[MOST_BYTES + 2 + 2 * WORD]


cdef inline bint cut(object value, Message *message) except -1:
    """Read a message; False where its two numbers are not found, each after the first of its name."""
    cdef const char *kept
    if not PyBytes_CheckExact(value) or PyBytes_GET_SIZE(value) > MOST_BYTES:
        return False
    message.length = 0
    kept = _cut_numbers(PyBytes_AS_STRING(value), PyBytes_AS_STRING(value) + PyBytes_GET_SIZE(value), message)
    if kept == NULL:
        return False
    _keep(message, kept, PyBytes_AS_STRING(value) + PyBytes_GET_SIZE(value))
    message.hash = hash_of(message)
    return True


cdef inline const char *_cut_numbers(const char *begin, const char *end, Message *message) except? NULL:
    """Keep all up to the second number; return where that ends."""
    cdef const char *at = begin
    cdef const char *kept = begin
    cdef double *told
    cdef bint has_time = False, has_value = False
    while not (has_time and has_value):
        at = <const char *>memchr(at, c":", end - at)
        if at == NULL:
            return NULL
        at += 1
        if not has_value and at - begin > 8 and memcmp(at - 8, b'"value":', 8) == 0:
            has_value, told = True, &message.value
        elif not has_time and at - begin > 20 and memcmp(at - 20, b'"time_unix_seconds":', 20) == 0:
            has_time, told = True, &message.at_seconds
        else:
            continue
        while at[0] == c" ":
            at += 1
        _keep(message, kept, at)
        message.form[message.length] = 0
        message.length += 1
        at = kept = read_number(at, told)
        if at == NULL:
            return NULL
    return kept


cdef inline void _keep(Message *message, const char *begin, const char *end) noexcept nogil:
    memcpy(message.form + message.length, begin, end - begin)
    message.length += end - begin


cdef inline Word hash_of(Message *message) noexcept nogil:
    """Mix the form by its words, in two lanes; whoever finds a form by it compares the bytes, so a bad mix costs time only."""
    cdef Word one = <Word>message.length, other = ODD, word, other_word
    cdef Py_ssize_t at
    memset(message.form + message.length, 0, 2 * WORD)
    for at in range(0, message.length, 16):
        memcpy(&word, message.form + at, WORD)
        memcpy(&other_word, message.form + at + WORD, WORD)
        one, other = mixed(one ^ word), mixed(other ^ other_word)
    return mixed(mixed(one) ^ other)


cdef inline Word mixed(Word word) noexcept nogil:
    word *= ODD
    return word ^ (word >> 32)
