"""Public keys for token verification: identity writes them, every service reads them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwt.algorithms import OKPAlgorithm

from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.runtime.service import Worker

ALGORITHM = "EdDSA"
PUBLIC_KEYS = Collection("public-keys")
"""One document per key: its id is the `kid`, its body the JWK as JSON (RFC 8037, `crv` Ed25519)."""

_LOADS_PER_SECOND = 1
_REFRESH_SECONDS = 20.0
_log = structlog.get_logger()


@dataclass
class PublicKeys:
    """Cache of Ed25519 public keys by `kid`.

    Unknown ids are looked up in one batch, at most once a second, because forged tokens may name any number of them.
    Known keys are read again every 20 s: a key that is gone was revoked, and `on_revoked` is called. While the document
    store is away, they are believed.
    """

    documents: DocumentStore
    on_revoked: Callable[[], None]
    _keys: dict[str, Ed25519PublicKey] = field(init=False, default_factory=dict[str, Ed25519PublicKey])
    _wanted: set[str] = field(init=False, default_factory=set[str])
    _loading: "asyncio.Task[None] | None" = field(init=False, default=None)
    _next_load: float = field(init=False, default=0.0)

    async def get(self, kid: str) -> Ed25519PublicKey | None:
        """Return a key; None when there is none with this id. Raises `StoreUnavailable`."""
        if kid not in self._keys:
            self._wanted.add(kid)
            self._loading = self._loading or asyncio.create_task(self._load())
            await asyncio.shield(self._loading)
        return self._keys.get(kid)

    def knows(self, kid: str) -> bool:
        """Return whether a key was read and, as far as is known, not revoked since."""
        return kid in self._keys

    @property
    def worker(self) -> Worker:
        """The worker that reads known keys again."""
        return Worker("public-keys", self.run)

    async def run(self) -> None:
        """Read known keys again without end. Raises `StoreUnavailable`."""
        while True:
            await self.refresh()
            await asyncio.sleep(_REFRESH_SECONDS)

    async def refresh(self) -> None:
        """Forget the keys that are gone. Raises `StoreUnavailable`."""
        if not (known := set(self._keys)):
            return
        found = await self.documents.get_many(PUBLIC_KEYS, list(known))
        if revoked := known - {kid for kid, document in found.items() if document.body is not None}:
            for kid in revoked:
                self._keys.pop(kid, None)
            self.on_revoked()
            _log.warning("public_keys_revoked", kids=sorted(revoked))

    async def _load(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._next_load - loop.time()))
        self._loading = None
        self._next_load = loop.time() + 1 / _LOADS_PER_SECOND
        wanted, self._wanted = self._wanted, set()
        for kid, document in (await self.documents.get_many(PUBLIC_KEYS, list(wanted))).items():
            if document.body is not None:
                self._keys[kid] = _public_key(document)


def _public_key(document: Document) -> Ed25519PublicKey:
    key = OKPAlgorithm.from_jwk(orjson.loads(document.body or b"{}"))
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError(f"public key {document.id} is not an Ed25519 public key")
    return key
