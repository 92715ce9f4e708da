"""Headers that every response has for browsers and caches, unless its route has set them."""

from collections.abc import Sequence

from chassis.http.request_state import Header

_CACHE_CONTROL, _POLICY = b"cache-control", b"content-security-policy"
_ALWAYS: Sequence[Header] = (
    (b"x-content-type-options", b"nosniff"),
    (_POLICY, b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)


def completed(headers: Sequence[Header], method: str) -> list[Header]:
    """Return the headers of a response with those that are missing.

    Nothing is stored by caches (tokens, profiles and jobs are personal), but what GET answers with an ETag: a browser
    may keep that, and must ask each time whether it has changed.
    """
    names = {name.lower() for name, _ in headers}
    missing = [header for header in _ALWAYS if header[0] not in names]
    if _CACHE_CONTROL not in names:
        is_conditional = method == "GET" and b"etag" in names
        missing.append((_CACHE_CONTROL, b"private, no-cache" if is_conditional else b"no-store"))
    return [*headers, *missing]
