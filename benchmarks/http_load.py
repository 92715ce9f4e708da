"""A load generator that costs less than what it measures: prepared bytes over kept-alive connections."""

import asyncio
from time import perf_counter
from urllib.parse import urlsplit

_CONNECTIONS = 8


async def requests_per_second(url: str, token: str, seconds: float) -> float:
    """GET a URL from eight connections at once, for so long. Raises `RuntimeError` unless every answer is a 200."""
    parts, request = urlsplit(url), _request(url, token)
    began = perf_counter()
    counts = await asyncio.gather(
        *(_ask(parts.hostname or "", parts.port or 80, request, began + seconds) for _ in range(_CONNECTIONS))
    )
    return sum(counts) / (perf_counter() - began)


async def get(url: str, token: str) -> bytes:
    """GET a URL once and return the body. Raises `RuntimeError` unless it is answered 200."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(_request(url, token))
    body = await _answer(reader)
    writer.close()
    await writer.wait_closed()
    return body


def _request(url: str, token: str) -> bytes:
    parts = urlsplit(url)
    head = f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n"
    return head.encode()


async def _ask(host: str, port: int, request: bytes, until: float) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    count = 0
    while perf_counter() < until:
        writer.write(request)
        await _answer(reader)
        count += 1
    writer.close()
    await writer.wait_closed()
    return count


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith(b"http/1.1 200"):
        raise RuntimeError(head.partition(b"\r\n")[0].decode())
    length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return await reader.readexactly(int(length))
