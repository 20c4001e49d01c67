# cython: cdivision=True, boundscheck=False, wraparound=False
"""
A number as JSON writes it, to the double next to it: what a correctly rounding reader says, or nothing.

Three roads, each exact. Digits that fit 53 bits and a power of ten up to 22 are doubles themselves, so that one division rounds once
(Clinger). A quotient of 62 bits whose last one remembers whether anything was left rounds as the endless quotient would. What is
longer, or farther from one, Python reads.
"""
from libc.math cimport INFINITY, isfinite, ldexp
from libc.string cimport memcpy

cdef extern from *:
    """
    typedef unsigned __int128 rollguard_uint128;
    static const double rollguard_tens[] = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    };
    static const unsigned long long rollguard_fives[] = {
        1u, 5u, 25u, 125u, 625u, 3125u, 15625u, 78125u, 390625u, 1953125u, 9765625u, 48828125u, 244140625u, 1220703125u,
        6103515625u, 30517578125u, 152587890625u, 762939453125u, 3814697265625u, 19073486328125u, 95367431640625u,
        476837158203125u, 2384185791015625u, 11920928955078125u, 59604644775390625u, 298023223876953125u,
        1490116119384765625u, 7450580596923828125u,
    };
    """
    ctypedef unsigned long long uint128 "rollguard_uint128"
    const double *TENS "rollguard_tens"
    const unsigned long long *FIVES "rollguard_fives"
    int leading_zeros "__builtin_clzll"(unsigned long long bits) noexcept nogil

cdef extern from "Python.h":
    double PyOS_string_to_double(const char *text, char **end, void *overflow) except? -1.0

cdef enum:
    MOST_TENS = 22
    MOST_FIVES = 27  # that power has 63 bits
    MOST_DIGITS = 19  # so many fit 64 bits, whatever they are
    LONGEST = 64  # what is longer is nobody's measurement
    FARTHEST = 10_000

cdef struct Decimal:
    unsigned long long digits
    int count  # of the digits from the first that is not 0
    int exponent
    bint is_negative
    bint is_whole


cdef inline const char *read_number(const char *begin, double *told) except? NULL:
    """Return where a number ends, and what it is; NULL where that is not sure. The bytes end with a NUL."""
    cdef Decimal read
    cdef const char *end = read_decimal(begin, &read)
    cdef double size
    if end == NULL:
        return NULL
    size = nearest(&read) if is_near(&read) else slowly(begin + read.is_negative, end)
    told[0] = -size if read.is_negative and not (read.is_whole and size == 0.0) else size  # a whole number knows no -0
    return end if isfinite(size) else NULL


cdef inline bint is_near(const Decimal *read) noexcept nogil:
    if read.count == 0:
        return True
    if read.exponent <= 0:
        return read.count <= MOST_DIGITS and read.exponent >= -MOST_FIVES
    return read.digits >> 53 == 0 and read.exponent <= MOST_TENS


cdef inline double nearest(const Decimal *read) noexcept nogil:
    if read.exponent == 0 or read.count == 0:
        return <double>read.digits
    if read.exponent > 0:
        return <double>read.digits * TENS[read.exponent]
    if read.exponent >= -MOST_TENS and read.digits >> 53 == 0:
        return <double>read.digits / TENS[-read.exponent]
    return quotient(read.digits, -read.exponent)


cdef inline double quotient(unsigned long long digits, int tens) noexcept nogil:
    cdef int up = leading_zeros(digits), other_up = leading_zeros(FIVES[tens])
    cdef unsigned long long divisor = FIVES[tens] << other_up
    cdef uint128 dividend = <uint128>(digits << up) << 62
    cdef long long bits = <long long>(dividend / divisor)
    bits |= dividend % divisor != 0
    return ldexp(<double>bits, other_up - up - tens - 62)


cdef inline double slowly(const char *begin, const char *end) except? -1.0:
    """Return what Python reads there; infinite where it is too great or too long."""
    cdef char text[LONGEST + 1]
    if end - begin > LONGEST:
        return INFINITY
    memcpy(text, begin, end - begin)
    text[end - begin] = 0
    return PyOS_string_to_double(text, NULL, NULL)


cdef inline const char *read_decimal(const char *at, Decimal *read) noexcept nogil:
    """Read what JSON lets be a number, up to the first byte that cannot belong to it; NULL where there is none."""
    cdef const char *begin
    read.digits, read.count, read.exponent = 0, 0, 0
    read.is_negative, read.is_whole = at[0] == c"-", True
    begin = at + read.is_negative
    at = read_digits(begin, read)
    if at == begin or (begin[0] == c"0" and at != begin + 1):
        return NULL
    if at[0] == c".":
        at = read_fraction(at + 1, read)
    if at != NULL and (at[0] == c"e" or at[0] == c"E"):
        at = read_exponent(at + 1, read)
    return at


cdef inline const char *read_digits(const char *at, Decimal *read) noexcept nogil:
    while c"0" <= at[0] <= c"9":
        if read.count < MOST_DIGITS:
            read.digits = 10 * read.digits + <unsigned long long>(at[0] - c"0")
        read.count += read.digits != 0
        at += 1
    return at


cdef inline const char *read_fraction(const char *begin, Decimal *read) noexcept nogil:
    cdef const char *end = read_digits(begin, read)
    read.exponent, read.is_whole = <int>(begin - end), False
    return end if end != begin else NULL


cdef inline const char *read_exponent(const char *at, Decimal *read) noexcept nogil:
    cdef bint is_negative = at[0] == c"-"
    cdef const char *begin = at + (is_negative or at[0] == c"+")
    cdef int told = 0
    at = begin
    while c"0" <= at[0] <= c"9":
        told = min(10 * told + (at[0] - c"0"), FARTHEST)
        at += 1
    read.exponent += -told if is_negative else told
    read.is_whole = False
    return at if at != begin else NULL
