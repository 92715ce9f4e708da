"""Authenticated encryption of short texts: AES-256-GCM with a random nonce."""

import os
from binascii import a2b_base64, b2a_base64

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class TextCipher:
    """Encrypts and decrypts texts under one key. `associated` is authenticated with each text."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def encrypt(self, plain: str, associated: bytes) -> str:
        """Return nonce and ciphertext in base64."""
        nonce = os.urandom(_NONCE_BYTES)
        encrypted = nonce + self._aead.encrypt(nonce, plain.encode(), associated)
        return b2a_base64(encrypted, newline=False).decode()

    def decrypt(self, encrypted: str | bytes, associated: bytes) -> str:
        """Return the plain text. Raises `InvalidTag` for another key, another text or other associated data."""
        raw = a2b_base64(encrypted)
        return self._aead.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], associated).decode()
