"""Ed25519 signatures of checkpoints and bundles."""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from pydantic import BaseModel, ConfigDict

from chassis.ports.key_store import KeyStore

KEY_SUBJECT = "audit:signing"


class BadSignature(Exception):
    """The signed content was changed, or the key is not the trusted one. The message says which."""


class Signature(BaseModel):
    """A signature and its public key, both in base64."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    public_key: str
    value: str

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the raw public key, in hex."""
        return fingerprint_of(_key(self.public_key))

    def check(self, signed: bytes, trusted: str | None = None) -> None:
        """Verify the signature; `trusted` is the fingerprint of the only trusted key. Raises `BadSignature`."""
        key = _key(self.public_key)
        if trusted is not None and fingerprint_of(key) != trusted:
            raise BadSignature(f"signed with another key: {fingerprint_of(key)}, not {trusted}")
        try:
            key.verify(b64decode(self.value, validate=True), signed)
        except (InvalidSignature, ValueError):
            raise BadSignature("invalid signature: the signed content was changed") from None


@dataclass(frozen=True)
class Signer:
    """Signs with the key of the audit, which is in the key store and created at first use."""

    keys: KeyStore

    async def sign(self, content: bytes) -> Signature:
        """Return the signature of some bytes."""
        key = await self._key()
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return Signature(public_key=b64encode(public).decode(), value=b64encode(key.sign(content)).decode())

    async def public_key(self) -> Ed25519PublicKey:
        """Return the public key."""
        return (await self._key()).public_key()

    async def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(await self.keys.key_for(KEY_SUBJECT))


def fingerprint_of(key: Ed25519PublicKey) -> str:
    """Return the SHA-256 of the raw public key, in hex."""
    return sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()


def pem_of(key: Ed25519PublicKey) -> str:
    """Return a public key as PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def fingerprint_in(pem: bytes) -> str:
    """Return the fingerprint of a public key in PEM. Raises `ValueError` when it is not an Ed25519 key."""
    key = load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 public key")  # noqa: TRY004  (the content is wrong, not the argument's type)
    return fingerprint_of(key)


def _key(encoded: str) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(b64decode(encoded, validate=True))
    except ValueError:
        raise BadSignature("the public key cannot be read") from None
