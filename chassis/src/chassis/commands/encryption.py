"""Authenticated encryption of short texts: AES-256-GCM with a random nonce."""

import os
from base64 import b64decode, b64encode

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


def encrypt(key: bytes, plain: str, associated: str) -> str:
    """Return nonce and ciphertext in base64; `associated` is authenticated with them."""
    nonce = os.urandom(_NONCE_BYTES)
    return b64encode(nonce + AESGCM(key).encrypt(nonce, plain.encode(), associated.encode())).decode()


def decrypt(key: bytes, encrypted: str, associated: str) -> str:
    """Return the plain text. Raises `InvalidTag` for another key, another text or other associated data."""
    raw = b64decode(encrypted)
    return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], associated.encode()).decode()
