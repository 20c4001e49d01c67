"""
The keys that commands are signed with, as people write them: YAML with a key's id, its algorithm and its bytes in base64.

A key that is no longer to be used is given an end (``until``) and left in the list: taken out, what it signed before would no
longer be believed, and a kill switch that was pulled with it would fall off at the next start.
"""

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from rollguard_runtime.errors import SettingsRefused
from rollguard_runtime.signatures import Algorithm
from rollguard_runtime.yaml_nodes import NotYaml, documents

KeyId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._@-]+$", max_length=64)]
_ED25519_BYTES, _LEAST_SECRET_BYTES = 32, 16


class CommandKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One key: ``secret`` is shared, ``private`` signs, ``public`` verifies. ``by`` lists the names that it may speak for, or all.
    """

    id: KeyId
    algorithm: Algorithm
    secret: str = ""
    private: str = ""
    public: str = ""
    by: tuple[str, ...] = ()
    until: datetime | None = None

    @property
    def until_unix_seconds(self) -> float | None:
        """When it ends."""
        return None if self.until is None else self.until.timestamp()

    def signing_bytes(self, where: str) -> bytes:
        """Return the bytes that sign. Raises ``SettingsRefused``."""
        return self._bytes("secret" if self.algorithm == "hmac-sha256" else "private", where)

    def verifying_bytes(self, where: str) -> bytes:
        """Return the bytes that verify. Raises ``SettingsRefused``."""
        return self._bytes("secret" if self.algorithm == "hmac-sha256" else "public", where)

    def _bytes(self, field: str, where: str) -> bytes:
        text: str = getattr(self, field)
        try:
            key = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise SettingsRefused(f"{where}: key {self.id}: {field} is no base64") from None
        is_fit = len(key) == _ED25519_BYTES if self.algorithm == "ed25519" else len(key) >= _LEAST_SECRET_BYTES
        if not is_fit:
            least = f"{_ED25519_BYTES}" if self.algorithm == "ed25519" else f"at least {_LEAST_SECRET_BYTES}"
            raise SettingsRefused(f"{where}: key {self.id}: {field} must be {least} bytes in base64, it has {len(key)}")
        return key


class _Keys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keys: Annotated[list[CommandKey], Meta(min_length=1)]


def read_key(text: str, where: str) -> CommandKey:
    """Read the one key that signs. Raises ``SettingsRefused``, in words without the key."""
    key: CommandKey = _read(text, CommandKey, where)
    key.signing_bytes(where)
    return key


def read_keys(text: str, where: str) -> dict[str, CommandKey]:
    """Read the keys that are believed, by their ids. Raises ``SettingsRefused``, in words without the keys."""
    keys: list[CommandKey] = _read(text, _Keys, where).keys
    for key in keys:
        key.verifying_bytes(where)
        if key.until is not None and key.until.tzinfo is None:
            raise SettingsRefused(f"{where}: key {key.id}: until needs a time zone, as in 2027-01-31T00:00:00Z")
    if len({key.id for key in keys}) < len(keys):
        raise SettingsRefused(f"{where}: two keys have the same id")
    return {key.id: key for key in keys}


def _read(text: str, shape: type[msgspec.Struct], where: str) -> Any:
    try:
        (document,) = documents(text)
        return msgspec.convert(document.value, shape)
    except NotYaml as error:
        raise SettingsRefused(f"{where}: line {error.line} is not YAML") from None
    except msgspec.ValidationError as error:
        raise SettingsRefused(f"{where}: {error}") from None
    except ValueError:
        raise SettingsRefused(f"{where}: write one YAML document") from None
