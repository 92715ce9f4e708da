"""Benchmark: how long others wait for an answer while 300 requests are held unfinished (ADR 32).

The product may open 256 files, as in the test; an honest client makes a connection for each request.
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import httpx

from benchmarks.table import Row
from tests.e2e.embedded_product import EmbeddedProduct
from tests.security.unfinished_requests import KINDS, unfinished

_OPEN_FILES = 256
_UNFINISHED = 300
_REQUESTS = 50
_LIMIT = 1.0
_OTHER_ADDRESS = "127.0.0.2"


def rows() -> list[Row]:
    """Return the longest wait beside each kind of unfinished request, against the limit of a second."""
    with TemporaryDirectory() as folder:
        product = EmbeddedProduct(Path(folder) / "product", open_files=_OPEN_FILES).start()
        try:
            return [_row(product.url, kind, sent) for kind, sent in KINDS.items()]
        finally:
            product.stop()


def _row(url: str, kind: str, sent: bytes) -> Row:
    alone = _longest(_request(url))
    with unfinished(url, sent, _UNFINISHED):
        beside = _longest(_request(url))
    what = f"longest of {_REQUESTS} answers of `/health` beside {_UNFINISHED} connections with {kind}"
    return Row(what, f"{beside * 1000:.0f} ms (alone {alone * 1000:.0f} ms)", "at most 1 s", _LIMIT / beside)


def _request(url: str) -> Callable[[], None]:
    def request() -> None:
        with httpx.Client(transport=httpx.HTTPTransport(local_address=_OTHER_ADDRESS), timeout=60) as client:
            client.get(f"{url}/health").raise_for_status()

    return request


def _longest(request: Callable[[], None]) -> float:
    waits: list[float] = []
    for _ in range(_REQUESTS):
        started = perf_counter()
        request()
        waits.append(perf_counter() - started)
    return max(waits)
