"""Files that are published with the package: golden samples, schemas, and the OpenAPI document."""

import json
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any


def golden_sample(wire_type: str) -> bytes:
    """Return the JSON of an event of this type and version. Raises `FileNotFoundError` for one never published."""
    return (_published("samples") / f"{wire_type}.json").read_bytes()


def schema(wire_type: str) -> dict[str, Any]:
    """Return the JSON Schema of an event of this type and version. Raises `FileNotFoundError` for an unknown one."""
    return json.loads((_published("schemas") / f"{wire_type}.json").read_bytes())


def openapi() -> dict[str, Any]:
    """Return the OpenAPI document of all services together."""
    return json.loads(_published("openapi.json").read_bytes())


def _published(name: str) -> Traversable:
    """Return the path in the installed package, or beside the source."""
    installed = files("california_gold_contracts") / name
    return installed if installed.is_file() or installed.is_dir() else Path(__file__).parents[2] / name
