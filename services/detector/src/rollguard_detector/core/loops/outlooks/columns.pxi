# The columns of ``OutlookBank`` and its parts, as they stand in memory.

cdef struct Moments:  # a row of the usual's column of that name
    double base
    double elapsed_all
    double mean
    double variance
    double step_variance
    double slot_variance
    double slot_product
    double slot_age

cdef struct Usual:
    Moments *moments
    double *closest
    signed char *breached
    float *slots
    signed char *slot_count

cdef struct Matured:
    double *at
    float *told
    signed char *count
    double *shift

cdef struct Pools:
    double *moved
    long long *gathered
    long long *matured
    long long *said
    long long *came
    long long *squares
    long long *breaches
    long long *warned
    long long *lead_milliseconds

cdef struct Columns:
    double *at
    double *bound
    double *horizon
    signed char *sign
    int *pool
    float *recent
    double *trends
    int *samples
    double *line_moments
    Case *case
    int *line_samples
    Usual usual
    Matured matured
    Pools pools

cdef struct Answers:  # the columns of what is said, one after the other
    Py_ssize_t count
    double *told
    signed char *flags


cdef int _look_at(object bank, Columns *of) except -1:
    of.at, of.bound, of.horizon = numbers(bank.at), numbers(bank.bound), numbers(bank.horizon)
    of.sign, of.pool = bytes_of(bank.sign), counts(bank.pool)
    gauge_bank, straight_bank = bank.gauge, bank.gauge.straight
    of.recent, of.trends, of.samples = singles(gauge_bank.recent), numbers(gauge_bank.moments), counts(gauge_bank.samples)
    of.line_moments, of.line_samples = numbers(straight_bank.moments), counts(straight_bank.samples)
    of.case = <Case *>numbers(straight_bank.case)
    _look_at_usual(bank.gauge.usual, &of.usual)
    _look_at_matured(bank.matured, &of.matured)
    _look_at_pools(bank.pools, &of.pools)


cdef int _look_at_usual(object bank, Usual *of) except -1:
    of.moments, of.closest = <Moments *>numbers(bank.moments), numbers(bank.closest)
    of.breached, of.slots, of.slot_count = bytes_of(bank.breached), singles(bank.slots), bytes_of(bank.slot_count)


cdef int _look_at_matured(object bank, Matured *of) except -1:
    of.at, of.told, of.count, of.shift = numbers(bank.at), singles(bank.told), bytes_of(bank.count), numbers(bank.shift)


cdef int _look_at_pools(object bank, Pools *of) except -1:
    of.moved, of.gathered, of.matured = numbers(bank.moved), integers(bank.gathered), integers(bank.matured)
    of.said, of.came, of.squares = integers(bank.said), integers(bank.came), integers(bank.squares)
    of.breaches, of.warned = integers(bank.breaches), integers(bank.warned)
    of.lead_milliseconds = integers(bank.lead_milliseconds)
