"""
Signatures of records: who wrote a command, where the right to write to its topic is not enough to tell.

A header names the key and carries the signature of the record's bytes, by HMAC-SHA256 (one secret shared by writer and reader) or
by Ed25519 (a key of one's own, of which the reader knows the public half). The bytes say who, why, about what and when, so none
of it can be changed; that they are not said a second time is for the reader to see to.
"""

import base64
import binascii
import hmac
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Literal, NamedTuple

from rollguard_schemas.codec import Header

HEADER = "rollguard-signature"
_DOMAIN = b"rollguard-command-v1\n"  # a signature given for anything else is none here

Algorithm = Literal["hmac-sha256", "ed25519"]


class Signed(NamedTuple):
    """What the header says."""

    key_id: str
    signature: bytes


def sign(algorithm: Algorithm, secret: bytes, value: bytes) -> bytes:
    """Sign a record's bytes; ``secret`` is the shared secret, or the 32 bytes of a private key."""
    if algorithm == "hmac-sha256":
        return hmac.digest(secret, _DOMAIN + value, sha256)
    signature: bytes = _ed25519().Ed25519PrivateKey.from_private_bytes(secret).sign(_DOMAIN + value)
    return signature


def is_signed_by(algorithm: Algorithm, key: bytes, signature: bytes, value: bytes) -> bool:
    """Say whether a signature is this key's; ``key`` is the shared secret, or the 32 bytes of a public key."""
    if algorithm == "hmac-sha256":
        return hmac.compare_digest(signature, hmac.digest(key, _DOMAIN + value, sha256))
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  # only where such keys are in use

    try:
        _ed25519().Ed25519PublicKey.from_public_bytes(key).verify(signature, _DOMAIN + value)
    except InvalidSignature:
        return False
    return True


def new_pair() -> tuple[bytes, bytes]:
    """Return a new private key and its public half, 32 bytes each."""
    private = _ed25519().Ed25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def header(key_id: str, signature: bytes) -> Header:
    """Return the header."""
    return (HEADER, f"{key_id} {base64.b64encode(signature).decode()}".encode())


def read_header(headers: Iterable[Header]) -> Signed | None:
    """Return what the header says; None where there is none that can be read."""
    content = next((content for name, content in headers if name == HEADER), b"")
    key_id, _, encoded = content.decode(errors="replace").partition(" ")
    try:
        signature = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return Signed(key_id, signature) if key_id and signature else None


def _ed25519() -> Any:
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415  # as above

    return ed25519
