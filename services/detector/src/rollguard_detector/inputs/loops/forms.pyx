"""
Forms of messages, message by message: ``forms_by_words.FormsByWords`` without its hundred steps of numpy a poll.

A form is looked up by its hash and compared byte for byte, so no hash is trusted to tell two series apart. With many series each look
misses the caches; so a few messages are on their way at a time, and what they will need is asked for ahead. The interpreter is held
meanwhile: a form is learned in one thread while another reads a poll.
"""
from cpython cimport array
from libc.string cimport memcmp, memcpy

from rollguard_detector.inputs.loops.message_form cimport MOST_BYTES, WORD, Message, Word, cut, hash_of

import array

from rollguard_detector.core.ports import NO_NUMBER as _NO_NUMBER
from rollguard_detector.inputs import form_numbers, message_words
from rollguard_schemas.fields import LATEST_UNIX_SECONDS

cdef extern from *:
    void prefetch "__builtin_prefetch"(const void *at) noexcept nogil

cdef enum:
    BLOCK = 16  # messages on their way; about as many misses as a core waits for at once
    LINE = 64

cdef Py_ssize_t NO_NUMBER = _NO_NUMBER
cdef double LAST_SECOND = LATEST_UNIX_SECONDS
cdef Py_ssize_t FULL = form_numbers.FULL
cdef array.array WORDS = array.array("Q")
cdef Word LOW = 0xFFFFFFFF

if message_words.MOST_BYTES > MOST_BYTES:
    raise ImportError("a message may be longer than a form has room for")


cdef class Forms:
    """
    An open table: a form lies where the first slot says that has its hash, from where the hash points.

    A slot has the upper half of the hash and at which word the form lies; 0 is free, and no form lies there. Of a form there are its
    number, its length and its bytes, filled up to whole words.
    """

    cdef array.array _slots, _forms
    cdef Py_ssize_t _count

    def __init__(self):
        self._count = 0
        self._slots = array.clone(WORDS, form_numbers.FIRST_SLOTS, zero=True)
        self._forms = array.clone(WORDS, 1, zero=True)

    def __len__(self):
        return self._count

    def decode(self, list values, Py_ssize_t[::1] numbers, double[::1] at_seconds, double[::1] told):
        """Fill in the number of each value's form, NO_NUMBER where it has none, and what its two numbers say."""
        cdef Message[BLOCK] messages
        cdef bint[BLOCK] is_cut
        cdef Py_ssize_t begin, count, place
        for begin in range(0, len(values), 16):
            count = min(<Py_ssize_t>BLOCK, len(values) - begin)
            for place in range(count):
                is_cut[place] = cut(values[begin + place], &messages[place])
                if is_cut[place]:
                    prefetch(self._slot(&messages[place]))
            for place in range(count):
                if is_cut[place]:
                    self._ask_for(&messages[place])
            for place in range(count):
                numbers[begin + place] = NO_NUMBER
                if is_cut[place] and 0.0 <= messages[place].at_seconds <= LAST_SECOND:
                    numbers[begin + place] = self._find(&messages[place])
                    at_seconds[begin + place], told[begin + place] = messages[place].at_seconds, messages[place].value

    def learn(self, list values):
        """Return the number of each value's form, a new one where it has none; None where its numbers are not found."""
        return [self._learn(value) for value in values]

    cdef object _learn(self, object value):
        cdef Message message
        cdef Py_ssize_t number
        if not cut(value, &message):
            return None
        number = self._find(&message)
        return self._add(&message) if number == NO_NUMBER else number

    cdef inline Word *_slot(self, const Message *message) noexcept:
        return <Word *>self._slots.data.as_voidptr + (message.hash & <Word>(len(self._slots) - 1))

    cdef inline void _ask_for(self, const Message *message) noexcept:
        cdef const char *form = <const char *>(<Word *>self._forms.data.as_voidptr + (self._slot(message)[0] & LOW))
        cdef Py_ssize_t at
        for at in range(0, message.length + 8, 64):
            prefetch(form + at)

    cdef Py_ssize_t _find(self, const Message *message) noexcept:
        cdef Word *slots = <Word *>self._slots.data.as_voidptr
        cdef Word *forms = <Word *>self._forms.data.as_voidptr
        cdef Word mask = len(self._slots) - 1, at = message.hash & mask
        cdef Word *form
        while slots[at] != 0:
            form = forms + (slots[at] & LOW)
            if slots[at] >> 32 == message.hash >> 32 and form[0] >> 32 == <Word>message.length:
                if memcmp(form + 1, message.form, message.length) == 0:
                    return form[0] & LOW
            at = (at + 1) & mask
        return NO_NUMBER

    cdef Py_ssize_t _add(self, const Message *message) except -1:
        cdef Py_ssize_t begin = len(self._forms)
        cdef Word *form
        if FULL * (self._count + 1) > len(self._slots):
            self._grow()
        array.resize_smart(self._forms, begin + 1 + (message.length + WORD - 1) // WORD)
        form = <Word *>self._forms.data.as_voidptr + begin
        form[0] = <Word>message.length << 32 | <Word>self._count
        memcpy(form + 1, message.form, message.length)
        _put(self._slots, message.hash, begin)
        self._count += 1
        return self._count - 1

    cdef int _grow(self) except -1:
        cdef array.array slots = array.clone(WORDS, 2 * len(self._slots), zero=True)
        cdef Word *forms = <Word *>self._forms.data.as_voidptr
        cdef Message message
        cdef Py_ssize_t at = 1
        while at < len(self._forms):
            message.length = forms[at] >> 32
            memcpy(message.form, forms + at + 1, message.length)
            _put(slots, hash_of(&message), at)
            at += 1 + (message.length + WORD - 1) // WORD
        self._slots = slots
        return 0


cdef void _put(array.array slots, Word hash, Py_ssize_t form) noexcept:
    cdef Word *words = <Word *>slots.data.as_voidptr
    cdef Word mask = len(slots) - 1, at = hash & mask
    while words[at] != 0:
        at = (at + 1) & mask
    words[at] = (hash & ~LOW) | <Word>form
