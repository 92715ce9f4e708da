"""Presigned links: signed URLs that download one object without a token, until they expire."""

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
    """Signs links with HMAC-SHA256 (RFC 2104) over object key, expiry and file name; the key store holds the secret."""

    keys: KeyStore
    clock: Clock
    path: str = "/presigned"

    async def url(self, key: str, expires: timedelta, filename: str) -> str:
        """Return a signed URL, relative to the address of the API."""
        expiry = int((self.clock.now() + expires).timestamp())
        signature = await self._signature(key, expiry, filename)
        query = {"key": key, "expires": expiry, "filename": filename, "signature": signature}
        return f"{self.path}?{urlencode(query, quote_via=quote)}"

    async def allows(self, key: str, expires: int, filename: str, signature: str) -> bool:
        """Tell whether a link's signature is valid and the link has not expired."""
        valid = hmac.compare_digest((await self._signature(key, expires, filename)).encode(), signature.encode())
        return valid and self.clock.now().timestamp() < expires

    async def _signature(self, key: str, expires: int, filename: str) -> str:
        signed = orjson.dumps([key, expires, filename])
        return hmac.new(await self.keys.key_for(_SUBJECT), signed, sha256).hexdigest()
