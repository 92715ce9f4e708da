"""Writes what is generated from the code: event schemas and the OpenAPI document. `--check` only compares."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from california_gold.application import openapi
from california_gold_contracts.catalog import CATALOG
from california_gold_contracts.schemas import schema_of

_CONTRACTS = Path("contracts")


def documents() -> Mapping[Path, str]:
    """Return each generated file, relative to the repository, with its text."""
    schemas = {_CONTRACTS / "schemas" / f"{event.wire_type}.json": schema_of(event) for event in CATALOG.events}
    return {path: _text(content) for path, content in {**schemas, _CONTRACTS / "openapi.json": openapi()}.items()}


def stale(root: Path) -> list[Path]:
    """Return the generated files that are missing or differ from what the code says."""
    return [path for path, text in documents().items() if not _is(root / path, text)]


def write(root: Path) -> None:
    """Write every generated file."""
    for path, text in documents().items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _text(content: Mapping[str, object]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def main(arguments: list[str]) -> int:
    """Write, or with `--check` say what is stale; run in the repository's root. Returns the exit code."""
    if arguments == ["--check"]:
        found = stale(Path())
        sys.stderr.writelines(f"stale: {path} (make generate)\n" for path in found)
        return 1 if found else 0
    write(Path())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
