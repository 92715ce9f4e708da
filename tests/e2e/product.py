"""The product under test, in either deployment mode; the tests are independent of the mode."""

import os
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from chassis.ports.message_bus import MessageBus
from tests.e2e.embedded_product import EmbeddedProduct

DEPLOYMENT_MODE = os.environ.get("PRODUCT", "embedded")


class Product(Protocol):
    """A running product with the complete API, which can be killed and restarted."""

    @property
    def url(self) -> str:
        """Base URL."""
        ...

    @property
    def log(self) -> str:
        """Output since the first start."""
        ...

    def start(self) -> "Product":
        """Start and wait until ready; without effect on a running product."""
        ...

    def kill(self) -> None:
        """Kill all processes (SIGKILL)."""
        ...

    def stop(self) -> int:
        """Stop gracefully (SIGTERM); return the exit code."""
        ...

    def run_command(self, *arguments: str) -> str:
        """Run a command of `california-gold` on its data; return what it printed."""
        ...

    def bus(self) -> AbstractAsyncContextManager[MessageBus]:
        """Open the topics from another process, as whoever may read and write them."""
        ...

    def locations_containing(self, text: str) -> Sequence[str]:
        """Return the names of streams, topics and documents that contain a text; objects are not searched."""
        ...

    def files_with(self, pattern: re.Pattern[bytes]) -> Mapping[str, set[str]]:
        """Return what a pattern finds in each file that the product or its servers have written."""
        ...


MakeProduct = Callable[[Mapping[str, str]], Product]
"""Create a stopped product with additional settings."""


@contextmanager
def products(new_folder: Callable[[], Path]) -> Generator[MakeProduct]:
    """Yield a factory of products in the deployment mode `PRODUCT`: `embedded` (default) or `distributed`."""
    if DEPLOYMENT_MODE == "embedded":
        yield lambda settings: EmbeddedProduct(new_folder() / "product", settings)
    else:
        from tests.e2e.distributed_product import distributed_products

        with distributed_products(new_folder) as make:
            yield make
