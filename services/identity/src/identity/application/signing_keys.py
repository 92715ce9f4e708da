"""Signing keys of tokens: rotation, revocation, and the publication of their public halves to every service."""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chassis.commands.aggregate import Aggregates
from chassis.commands.context import CommandContext
from chassis.ports.document_store import Document, DocumentStore
from chassis.ports.key_store import KeyStore
from chassis.runtime.public_keys import ALGORITHM, PUBLIC_KEYS
from identity.domain.errors import SigningKeyNotFound
from identity.domain.signing_keys import FIRST_GENERATION, KeyRing, KeyRingCommand, Revoke, Rotate

FIRST_KEY_SUBJECT = "identity:token-signing"
"""The subject of the first generation's key in the key store: it is never shredded."""
_RING = "tokens"
_MAX_AGE_SECONDS = 10.0
"""Maximum age of the cached key ring: after it a process signs with a new key, and publishes what a command missed."""


@dataclass(frozen=True)
class SigningKey:
    """One generation: `private` signs; `jwk` is the public key (RFC 8037), named by its thumbprint (RFC 7638)."""

    generation: int
    private: Ed25519PrivateKey = field(repr=False)
    jwk: Mapping[str, str]

    @property
    def kid(self) -> str:
        """The id of the key in the header of its tokens."""
        return self.jwk["kid"]


@dataclass
class SigningKeys:
    """The keys of all generations. Every method raises `StoreUnavailable`."""

    rings: Aggregates[KeyRing, KeyRingCommand]
    keys: KeyStore
    documents: DocumentStore
    _ring: KeyRing | None = field(init=False, default=None)
    _loaded_at: float = field(init=False, default=0.0)
    _keys: dict[int, SigningKey] = field(init=False, repr=False, default_factory=dict[int, SigningKey])

    async def newest(self) -> SigningKey:
        """Return the key that signs new tokens; it is published."""
        return await self._key((await self._recent_ring()).newest)

    async def valid(self) -> Sequence[SigningKey]:
        """Return the keys whose tokens are accepted, oldest first."""
        return await self.of((await self._recent_ring()).valid)

    async def ring(self) -> KeyRing:
        """Return the key ring."""
        return (await self.rings.load(_RING)).state

    async def of(self, generations: Iterable[int]) -> Sequence[SigningKey]:
        """Return the keys of some generations."""
        return [await self._key(generation) for generation in generations]

    async def rotate(self, context: CommandContext) -> SigningKey:
        """Sign new tokens with a new key, which is returned; tokens of earlier keys stay valid until they expire."""
        rotation = await self._rotation_to((await self.ring()).newest + 1)
        await self.rings.handle(_RING, rotation, context)
        await self.publish()
        return await self.newest()

    async def revoke(self, kid: str, context: CommandContext) -> SigningKey:
        """Refuse the tokens of a key; return the key that signs new ones. Raises `SigningKeyNotFound`."""
        for key in await self.of((await self.ring()).generations):
            if key.kid == kid:
                revocation = Revoke(key.generation, kid, await self._rotation_to(key.generation + 1))
                await self.rings.handle(_RING, revocation, context)
                await self.publish()
                return await self.newest()
        raise SigningKeyNotFound

    async def run(self) -> None:
        """Publish again and again: a command may have been interrupted after its event."""
        while True:
            await self.publish()
            await asyncio.sleep(_MAX_AGE_SECONDS)

    async def publish(self) -> KeyRing:
        """Write the public keys of valid generations where every service reads them, and remove those of others."""
        now = asyncio.get_running_loop().time()
        ring = await self.ring()
        if ring != self._ring:
            keys = await self.of(ring.generations)
            await self.documents.put_newer(PUBLIC_KEYS, [_document(key, ring) for key in keys])
        self._ring, self._loaded_at = ring, now
        return ring

    async def _recent_ring(self) -> KeyRing:
        is_recent = asyncio.get_running_loop().time() < self._loaded_at + _MAX_AGE_SECONDS
        return self._ring if self._ring and is_recent else await self.publish()

    async def _rotation_to(self, generation: int) -> Rotate:
        return Rotate(generation, (await self._key(generation)).kid)

    async def _key(self, generation: int) -> SigningKey:
        # These keys are never shredded, so that they can be cached.
        if generation not in self._keys:
            private = Ed25519PrivateKey.from_private_bytes(await self.keys.key_for(_subject(generation)))
            self._keys[generation] = SigningKey(generation, private, _jwk(private))
        return self._keys[generation]


def _subject(generation: int) -> str:
    return FIRST_KEY_SUBJECT if generation == FIRST_GENERATION else f"{FIRST_KEY_SUBJECT}:{generation}"


def _document(key: SigningKey, ring: KeyRing) -> Document:
    # The tombstone of a revoked key has a higher revision: a process that knows less cannot publish the key again.
    is_revoked = key.generation in ring.revoked
    return Document(key.kid, int(is_revoked), None if is_revoked else orjson.dumps(key.jwk))


def _jwk(private: Ed25519PrivateKey) -> Mapping[str, str]:
    raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    required = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(raw)}
    kid = _base64url(sha256(orjson.dumps(required, option=orjson.OPT_SORT_KEYS)).digest())
    return {**required, "kid": kid, "alg": ALGORITHM, "use": "sig"}


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
