"""Personal data, unreadable without its owner's key: whoever destroys the key has erased the person."""

import os
from base64 import b64decode, b64encode
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.ports.key_store import KeyStore

_NONCE_BYTES = 12


def subject(user_id: int) -> str:
    """Return whose key it is, in the key store's words."""
    return f"user:{user_id}"


@dataclass(frozen=True)
class Sealing:
    """AES-256-GCM under a key per user. What is sealed opens only as the same field of the same user's stream."""

    keys: KeyStore

    async def seal(self, user_id: int, field: str, plain: str) -> str:
        """Return nonce and ciphertext in base64; each time different. Raises `KeyShredded`."""
        nonce = os.urandom(_NONCE_BYTES)
        key = await self.keys.key_for(subject(user_id))
        return b64encode(nonce + AESGCM(key).encrypt(nonce, plain.encode(), _bound_to(user_id, field))).decode()

    async def open(self, user_id: int, field: str, sealed: str) -> str:
        """Return the plain text. Raises `KeyShredded`, or `InvalidTag` for what was not sealed for this place."""
        raw = b64decode(sealed)
        key = await self.keys.key_for(subject(user_id))
        return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound_to(user_id, field)).decode()

    async def shred(self, user_id: int) -> None:
        """Make everything that was sealed for the user unreadable for ever."""
        await self.keys.shred(subject(user_id))


def _bound_to(user_id: int, field: str) -> bytes:
    return f"user-{user_id}/{field}".encode()
