"""The product under test, in either deployment mode; the tests are independent of the mode."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

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

    def locations_containing(self, text: str) -> Sequence[str]:
        """Return the names of streams, topics and documents that contain a text; objects are not searched."""
        ...

    def files_with(self, pattern: re.Pattern[bytes]) -> Mapping[str, set[str]]:
        """Return what a pattern finds in each file that the product or its servers have written."""
        ...


MakeProduct = Callable[[Mapping[str, str]], Product]
"""Create a stopped product with additional settings."""


def embedded_products(new_folder: Callable[[], Path]) -> MakeProduct:
    """Return a factory of products of one process, each with a data folder of its own."""
    return lambda settings: EmbeddedProduct(new_folder() / "product", settings)
