"""
Signatures: what was signed is believed, anything else is not; and a list of keys that is wrong is refused without being shown.
"""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollguard_runtime.command_keys import read_key, read_keys
from rollguard_runtime.errors import SettingsRefused
from rollguard_runtime.signatures import header, is_signed_by, new_pair, read_header, sign

SECRET = bytes(range(32))
PRIVATE, PUBLIC = new_pair()
PAIRS = {"hmac-sha256": (SECRET, SECRET), "ed25519": (PRIVATE, PUBLIC)}
EACH = pytest.mark.parametrize("algorithm", PAIRS)


def text(key):
    return base64.b64encode(key).decode()


@EACH
@given(value=st.binary(max_size=200), other=st.binary(max_size=200))
def test_a_signature_is_of_these_bytes_and_no_others(algorithm, value, other):
    mine, theirs = PAIRS[algorithm]
    signature = sign(algorithm, mine, value)
    assert is_signed_by(algorithm, theirs, signature, value)
    assert is_signed_by(algorithm, theirs, signature, other) == (value == other)


@EACH
@given(signature=st.binary(max_size=80))
def test_bytes_that_nobody_signed_are_no_signature(algorithm, signature):
    assert not is_signed_by(algorithm, PAIRS[algorithm][1], signature, b"kill-switch off")


def test_another_key_does_not_fit():
    assert not is_signed_by("ed25519", new_pair()[1], sign("ed25519", PRIVATE, b"x"), b"x")


@given(st.binary(max_size=60))
def test_a_header_is_read_as_it_was_written_and_any_other_bytes_are_none_or_something(content):
    assert read_header([header("ada", content or b"1")]) == ("ada", content or b"1")
    read_header([("rollguard-signature", content)])


def test_no_header_is_none():
    assert read_header([("traceparent", b"00")]) is None


def test_keys_are_read_as_people_write_them():
    keys = read_keys(
        f"""
keys:
  - id: ada
    algorithm: ed25519
    public: {text(PUBLIC)}
    by: [ada, ada@shop.example]
    until: 2027-01-31T00:00:00Z
  - {{id: ci, algorithm: hmac-sha256, secret: "{text(SECRET)}"}}
""",
        "KEYS",
    )
    assert keys["ada"].by == ("ada", "ada@shop.example")
    assert keys["ada"].until_unix_seconds == 1_801_353_600
    assert keys["ci"].verifying_bytes("KEYS") == SECRET


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("keys: []", "KEYS: Expected `array` of length >= 1"),
        ("keys: [{id: a, algorithm: rot13, secret: x}]", "Invalid enum value 'rot13'"),
        ("keys: [{id: a, algorithm: ed25519, public: '!'}]", "key a: public is no base64"),
        ("keys: [{id: a, algorithm: ed25519, public: c2hvcnQ=}]", "key a: public must be 32 bytes in base64, it has 5"),
        ("keys: [{id: a, algorithm: hmac-sha256, secret: c2hvcnQ=}]", "key a: secret must be at least 16 bytes"),
        ("keys: [{id: a, algorithm: hmac-sha256}]", "key a: secret must be at least 16 bytes"),
        ("keys: [", "KEYS: line 1 is not YAML"),
        ("", "write one YAML document"),
        ("keys: [{id: a, algorithm: hmac-sha256, secret: c2VjcmV0LXNlY3JldC1zZWNyZXQ=, mood: x}]", "unknown field `mood`"),
    ],
)
def test_a_list_that_is_wrong_is_refused_by_what_is_wrong(written, told):
    with pytest.raises(SettingsRefused) as raised:
        read_keys(written, "KEYS")
    assert told in str(raised.value)


def test_the_same_id_twice_and_an_end_without_a_zone_are_refused():
    one = f"{{id: a, algorithm: hmac-sha256, secret: {text(SECRET)}}}"
    with pytest.raises(SettingsRefused, match="two keys have the same id"):
        read_keys(f"keys: [{one}, {one}]", "KEYS")
    with pytest.raises(SettingsRefused, match="time zone"):
        read_keys(f"keys: [{one.replace('}', ', until: 2027-01-31T00:00:00}')}]", "KEYS")


def test_a_key_that_cannot_sign_is_refused():
    with pytest.raises(SettingsRefused, match="key a: private must be 32 bytes"):
        read_key(f"{{id: a, algorithm: ed25519, public: {text(PUBLIC)}}}", "KEY")
