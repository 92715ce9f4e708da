"""HTTP load generator: precomputed requests over keep-alive connections, so that it costs little CPU itself."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from urllib.parse import urlsplit

_CONNECTIONS = 8


@dataclass(frozen=True)
class Load:
    """What a load measured: requests a second, and the seconds that each request took, in ascending order."""

    rate: float
    latencies: Sequence[float]

    def percentile(self, share: float) -> float:
        """Return the seconds within which a share of the requests was answered."""
        return self.latencies[min(int(len(self.latencies) * share), len(self.latencies) - 1)]


async def load(address: str, next_request: Callable[[], bytes], connections: int, seconds: float) -> Load:
    """Send prepared requests, one after the other over each connection. Raises `RuntimeError` for a refusal."""
    parts, latencies = urlsplit(address), list[float]()
    started = perf_counter()

    async def send() -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        while (sent := perf_counter()) < started + seconds:
            writer.write(next_request())
            await _read_response(reader)
            latencies.append(perf_counter() - sent)
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(send() for _ in range(connections)))
    return Load(len(latencies) / (perf_counter() - started), sorted(latencies))


def prepared(method: str, path: str, token: str, content_type: str, body: bytes) -> bytes:
    """Return a request with a body as it goes over a connection."""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
    return f"{head}Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def requests_per_second(url: str, token: str, seconds: float) -> float:
    """GET a URL over eight concurrent connections. Raises `RuntimeError` unless every response is a 200 or 201."""
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
    if not head.startswith((b"http/1.1 200", b"http/1.1 201")):
        raise RuntimeError(head.partition(b"\r\n")[0].decode())
    length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return await reader.readexactly(int(length))
