"""HTTP load generator: precomputed requests over keep-alive connections, so that it costs little CPU itself."""

import asyncio
from time import perf_counter
from urllib.parse import urlsplit

_CONNECTIONS = 8


async def requests_per_second(url: str, token: str, seconds: float) -> float:
    """GET a URL over eight concurrent connections. Raises `RuntimeError` unless every response is a 200."""
    parts, request = urlsplit(url), _request(url, token)
    started = perf_counter()
    counts = await asyncio.gather(
        *(
            _send_requests(parts.hostname or "", parts.port or 80, request, started + seconds)
            for _ in range(_CONNECTIONS)
        )
    )
    return sum(counts) / (perf_counter() - started)


async def get(url: str, token: str) -> bytes:
    """GET a URL once and return the body. Raises `RuntimeError` unless the response is a 200."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(_request(url, token))
    body = await _read_response(reader)
    writer.close()
    await writer.wait_closed()
    return body


def _request(url: str, token: str) -> bytes:
    parts = urlsplit(url)
    head = f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n"
    return head.encode()


async def _send_requests(host: str, port: int, request: bytes, until: float) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    count = 0
    while perf_counter() < until:
        writer.write(request)
        await _read_response(reader)
        count += 1
    writer.close()
    await writer.wait_closed()
    return count


async def _read_response(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith(b"http/1.1 200"):
        raise RuntimeError(head.partition(b"\r\n")[0].decode())
    length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return await reader.readexactly(int(length))
