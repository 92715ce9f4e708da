"""Pseudonyms of studies and series: keyed hashes of their UIDs."""

import hashlib
import hmac

LENGTH = 16


def keyed_hash(key: bytes, text: str) -> str:
    """Return the first 16 hex digits of HMAC-SHA256: deterministic, and not computable without the key."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:LENGTH]
