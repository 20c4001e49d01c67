"""
Ids that come from causes.

Two processes that see the same cause write the same id, and a replayed log writes the ids it wrote before: that is how duplicates
are recognised everywhere in rollguard. A random id here would turn every restart into a second action.
"""

from hashlib import blake2b

_DIGEST_BYTES = 12


def derive_id(kind: str, *causes: str | float | None) -> str:
    """
    Return ``kind-<hex>`` where the hex depends on nothing but the causes, in their order.

    Each cause is written with its type and length before it is hashed, so that ``("ab", "c")`` and ``("a", "bc")`` differ.
    """
    digest = blake2b(digest_size=_DIGEST_BYTES)
    for cause in causes:
        text = f"{type(cause).__name__}:{cause!r}".encode()
        digest.update(len(text).to_bytes(4, "big") + text)
    return f"{kind}-{digest.hexdigest()}"
