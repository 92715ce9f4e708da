"""The service of each operation, from the routes in the code."""

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
INTERNAL_PATHS = frozenset({"/live", "/ready", "/metrics", "/presigned"})
"""Internal paths of each process, and the presigned links of the embedded object store."""
OF_EVERY_PROCESS = INTERNAL_PATHS | {"/health"}


def owners() -> Mapping[Operation, str]:
    """Return (path, method) -> service."""
    return asyncio.run(_owners())


def documented() -> set[Operation]:
    """Return the operations of the OpenAPI document."""
    document = json.loads((Path(__file__).parents[2] / "contracts" / "openapi.json").read_bytes())
    return {operation for operation in _operations(document) if operation[0] not in OF_EVERY_PROCESS}


async def _owners() -> Mapping[Operation, str]:
    settings = AllSettings()
    with TemporaryDirectory() as folder:
        async with embedded(Path(folder)) as infrastructure:
            return {
                operation: service.name
                for service in services(infrastructure, settings)
                for operation in _operations(create_app([service], infrastructure, settings).openapi())
                if operation[0] not in OF_EVERY_PROCESS
            }


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        yield from ((path, method.upper()) for method in methods)
