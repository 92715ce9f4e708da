"""Links that open one object to whoever has them, until they expire."""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from urllib.parse import quote, urlencode

import orjson

from chassis.ports.clock import Clock
from chassis.ports.key_store import KeyStore

_SUBJECT = "presigned-links"


@dataclass(frozen=True)
class PresignedLinks:
    """Signs links with HMAC-SHA256 (RFC 2104) over key, end and file name, under a key of the key store."""

    keys: KeyStore
    clock: Clock
    path: str = "/presigned"

    async def url(self, key: str, expires: timedelta, filename: str) -> str:
        """Return a URL, relative to the address of the API."""
        end = int((self.clock.now() + expires).timestamp())
        signature = await self._signature(key, end, filename)
        query = {"key": key, "expires": end, "filename": filename, "signature": signature}
        return f"{self.path}?{urlencode(query, quote_via=quote)}"

    async def allows(self, key: str, expires: int, filename: str, signature: str) -> bool:
        """Tell whether a link is one of ours, unchanged, and has not expired."""
        right = hmac.compare_digest((await self._signature(key, expires, filename)).encode(), signature.encode())
        return right and self.clock.now().timestamp() < expires

    async def _signature(self, key: str, expires: int, filename: str) -> str:
        signed = orjson.dumps([key, expires, filename])
        return hmac.new(await self.keys.key_for(_SUBJECT), signed, sha256).hexdigest()
