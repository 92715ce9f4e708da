"""Which service answers what, as the code has it."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from california_gold.application import services
from california_gold.settings import AllSettings
from chassis.composition.embedded import embedded
from chassis.http.app import create_app

Operation = tuple[str, str]
NOT_FOR_CLIENTS = frozenset({"/live", "/ready", "/metrics", "/presigned"})
"""Of the process itself, and of the object store in one process."""
OF_EACH = NOT_FOR_CLIENTS | {"/health"}


def owners() -> Mapping[Operation, str]:
    """Return the service of each method of each path."""
    return asyncio.run(_owners())


def documented() -> set[Operation]:
    """Return the operations of the OpenAPI document."""
    document = json.loads((Path(__file__).parents[2] / "contracts" / "openapi.json").read_bytes())
    return {operation for operation in _operations(document) if operation[0] not in OF_EACH}


async def _owners() -> Mapping[Operation, str]:
    settings = AllSettings()
    with TemporaryDirectory() as folder:
        async with embedded(Path(folder)) as infrastructure:
            return {
                operation: service.name
                for service in services(infrastructure, settings)
                for operation in _operations(create_app([service], infrastructure, settings).openapi())
                if operation[0] not in OF_EACH
            }


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        yield from ((path, method.upper()) for method in methods)
