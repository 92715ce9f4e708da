"""Sealed boxes: whoever has the public key writes, whoever has the private key reads (X25519, HKDF, AES-256-GCM)."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES = 32
_NONCE_BYTES = 12
_INFO = b"california-gold/security-log"


class UnreadableBox(ValueError):
    """The box was changed, or sealed for another key."""


def public_key_of(private_key: bytes) -> bytes:
    """Return the public key of 32 random bytes."""
    return X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


class Sealer:
    """Seals any number of texts for one public key, with one ephemeral key. The process can't open them again."""

    def __init__(self, public_key: bytes) -> None:
        ephemeral = X25519PrivateKey.generate()
        self._public = ephemeral.public_key().public_bytes_raw()
        shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public_key))
        self._cipher = AESGCM(_derived(shared, self._public, public_key))
        self._sealed = 0

    def seal(self, plain: bytes) -> bytes:
        """Return the ephemeral public key, the nonce and the ciphertext."""
        nonce = self._sealed.to_bytes(_NONCE_BYTES, "big")
        self._sealed += 1
        return self._public + nonce + self._cipher.encrypt(nonce, plain, None)


def open_box(private_key: bytes, box: bytes) -> bytes:
    """Return the plain text. Raises `UnreadableBox`."""
    public, nonce = box[:_KEY_BYTES], box[_KEY_BYTES : _KEY_BYTES + _NONCE_BYTES]
    try:
        shared = X25519PrivateKey.from_private_bytes(private_key).exchange(X25519PublicKey.from_public_bytes(public))
        cipher = AESGCM(_derived(shared, public, public_key_of(private_key)))
        return cipher.decrypt(nonce, box[_KEY_BYTES + _NONCE_BYTES :], None)
    except (InvalidTag, ValueError):
        raise UnreadableBox("an entry of the security log was changed") from None


def _derived(shared: bytes, ephemeral: bytes, public_key: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, salt=ephemeral + public_key, info=_INFO).derive(shared)
