"""What must hold of a server after any attack: the same process answers, and has neither failed nor grown."""

from collections.abc import Generator
from contextlib import contextmanager

import httpx

from tests.e2e.embedded_product import EmbeddedProduct
from tests.security.memory import growth

MAX_GROWTH = 64 * 1024**2
TRACES = ("Traceback", 'File "')


@contextmanager
def survived(product: EmbeddedProduct) -> Generator[None]:
    """Hold a server to this for what the block does."""
    pid, said = product.pid, len(product.log)
    with growth(pid) as grown:
        yield
        assert httpx.get(f"{product.url}/live", timeout=60).status_code == 200
    assert product.pid == pid
    assert grown.bytes < MAX_GROWTH
    log = product.log[said:]
    assert [trace for trace in TRACES if trace in log] == [], log[-4000:]
    assert '"status":500' not in log
