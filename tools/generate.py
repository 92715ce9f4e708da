"""Generator of event schemas, AsyncAPI, OpenAPI, dashboards and alerts. `--check` only compares."""

import json
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import yaml

from california_gold.application import openapi
from california_gold_contracts.catalog import CATALOG
from california_gold_contracts.schemas import schema_of
from tools.contracts.asyncapi import asyncapi
from tools.observability.documents import observability

_CONTRACTS = Path("contracts")


def documents(root: Path) -> Mapping[Path, str]:
    """Return each generated file, relative to the repository in `root`, with its text."""
    schemas = {_CONTRACTS / "schemas" / f"{event.wire_type}.json": schema_of(event) for event in CATALOG.events}
    texts = {path: _text(content) for path, content in {**schemas, _CONTRACTS / "openapi.json": openapi()}.items()}
    return {**texts, _CONTRACTS / "asyncapi.yaml": _asyncapi(root / _CONTRACTS), **observability(root)}


def _asyncapi(contracts: Path) -> str:
    version = tomllib.loads((contracts / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    samples = {sample.stem: json.loads(sample.read_bytes()) for sample in (contracts / "samples").glob("*.json")}
    content = asyncapi(version, samples)
    return yaml.dump(content, Dumper=_WithoutAliases, allow_unicode=True, sort_keys=False, width=120)


class _WithoutAliases(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        """Write repeated nodes in full instead of YAML aliases."""
        return True


def stale(root: Path) -> list[Path]:
    """Return the generated files that are missing or out of date."""
    return [path for path, text in documents(root).items() if not _is_current(root / path, text)]


def write(root: Path) -> None:
    """Write every generated file."""
    for path, text in documents(root).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def _is_current(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _text(content: Mapping[str, object]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` list the stale ones; run in the repository root. Return the exit code."""
    if arguments == ["--check"]:
        files = stale(Path())
        sys.stderr.writelines(f"stale: {path} (make generate)\n" for path in files)
        return 1 if files else 0
    write(Path())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
