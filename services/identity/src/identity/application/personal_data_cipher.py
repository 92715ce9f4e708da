"""Encryption of personal data under a key per user, for crypto-shredding: destroying the key erases the person."""

from dataclasses import dataclass

from chassis.commands.encryption import TextCipher
from chassis.ports.key_store import KeyStore


def key_subject(user_id: int) -> str:
    """Return the subject of a user's key in the key store."""
    return f"user:{user_id}"


@dataclass(frozen=True)
class PersonalDataCipher:
    """AES-256-GCM under a key per user. The user and the field are authenticated as associated data."""

    keys: KeyStore

    async def encrypt(self, user_id: int, field: str, plain: str) -> str:
        """Return nonce and ciphertext in base64, with a random nonce. Raises `KeyShredded`."""
        return (await self._cipher(user_id)).encrypt(plain, _associated_data(user_id, field))

    async def decrypt(self, user_id: int, field: str, encrypted: str) -> str:
        """Return the plain text. Raises `KeyShredded`, or `InvalidTag` for the text of another user or field."""
        return (await self._cipher(user_id)).decrypt(encrypted, _associated_data(user_id, field))

    async def shred(self, user_id: int) -> None:
        """Destroy the user's key: everything that was encrypted under it is unreadable from now on."""
        await self.keys.shred(key_subject(user_id))

    async def _cipher(self, user_id: int) -> TextCipher:
        return TextCipher(await self.keys.key_for(key_subject(user_id)))


def _associated_data(user_id: int, field: str) -> bytes:
    return f"user-{user_id}/{field}".encode()
