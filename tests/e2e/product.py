"""The product under test, in either of its forms: the tests can't tell which."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tests.e2e.server import Server

FORM = os.environ.get("PRODUCT", "embedded")


class Product(Protocol):
    """Something that serves the whole API, and can be killed and started again."""

    @property
    def url(self) -> str:
        """Where it answers."""
        ...

    @property
    def log(self) -> str:
        """Everything that it has printed since it was first started."""
        ...

    def start(self) -> "Product":
        """Start it and wait until it is ready; one that runs goes on."""
        ...

    def kill(self) -> None:
        """End it as `kill -9` does: nothing is told, nothing is tidied."""
        ...

    def stop(self) -> int:
        """End it as an operator does; return its exit code, 0 when all went well."""
        ...

    def places_that_hold(self, text: str) -> Sequence[str]:
        """Name what is kept that holds a text: logs of events, topics, documents. Objects are not looked at."""
        ...


MakeProduct = Callable[[Mapping[str, str]], Product]
"""Makes a product with these settings beside the usual ones, not started yet."""


def embedded_products(new_folder: Callable[[], Path]) -> MakeProduct:
    """Return products of one process, each in a folder of its own."""
    return lambda settings: Server(new_folder() / "product", settings)
