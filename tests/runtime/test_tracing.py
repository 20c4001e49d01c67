"""
Trace context as laws: what goes out is always valid, keeps a valid parent's trace, and depends on nothing but its causes.
"""

import re

from hypothesis import given
from hypothesis import strategies as st

from rollguard_runtime.tracing import child_of

VALID = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
parents = st.from_regex(VALID, fullmatch=True)
causes = st.text(max_size=60)
not_parents = st.one_of(
    st.none(),
    st.text().filter(lambda text: not VALID.fullmatch(text)),
    parents.map(lambda parent: parent + "\n"),
    parents.map(str.upper).filter(lambda parent: not VALID.fullmatch(parent)),
    parents.map(lambda parent: "01" + parent[2:]),
    parents.map(lambda parent: "00-" + "0" * 32 + parent[35:]),
    parents.map(lambda parent: parent[:36] + "0" * 16 + parent[52:]),
)


@given(st.one_of(parents, not_parents), causes)
def test_whatever_comes_in_a_valid_traceparent_goes_out(parent, cause):
    assert VALID.fullmatch(child_of(parent, cause))


@given(parents, causes)
def test_a_child_stays_in_its_parents_trace_with_its_flags(parent, cause):
    _, trace, _, flags = parent.split("-")
    child = child_of(parent, cause).split("-")
    assert (child[1], child[3]) == (trace, flags)


@given(not_parents, causes)
def test_an_invalid_parent_is_replaced_not_passed_on(parent, cause):
    assert child_of(parent, cause) == child_of(None, cause)


@given(st.one_of(parents, not_parents), causes, causes)
def test_the_same_cause_is_the_same_span_and_another_cause_another(parent, cause, other):
    assert child_of(parent, cause) == child_of(parent, cause)
    assert (child_of(parent, cause) == child_of(parent, other)) == (cause == other)
