"""Releases of the contracts: one file each, and the breaking changes of the current contracts against it.

`python -m tools.contracts.release contracts` writes the current contracts as the version of `pyproject.toml`.
"""

import json
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from california_gold_contracts.catalog import CATALOG, Catalog
from california_gold_contracts.schemas import schema_of
from california_gold_contracts.topics import TOPICS
from tools.contracts.compatibility import breaking_changes as schema_changes
from tools.contracts.compatibility import differs_in_descriptions_only

WHAT_TO_DO = """A released version of an event never changes. Restore its shape, or, if the change is intended:
  1. Write the new shape under the next wire type (`…v2`), and an `Upcaster` from the old one, in its catalog.
  2. Keep the schema and the golden sample of the old version; add those of the new one (`make generate`).
  3. Raise the major version in contracts/pyproject.toml and write in contracts/CHANGELOG.md what consumers must do."""
Version = tuple[int, int, int]


@dataclass(frozen=True)
class Release:
    """The contracts of one version: the events that it wrote, and the topics."""

    version: Version
    schemas: Mapping[str, Mapping[str, Any]]
    samples: Mapping[str, Any]
    topics: Mapping[str, Any]

    def breaking_changes(self, catalog: Catalog) -> list[str]:
        """List the breaking changes of a catalog and the current topics against this release."""
        current = {event.wire_type: schema_of(event) for event in catalog.events}
        gone = [f"{name}: it cannot be read any more" for name in self.schemas if not catalog.knows(name)]
        changed = [
            f"{name}: {change}"
            for name in self.schemas.keys() & current.keys()
            for change in schema_changes(self.schemas[name], current[name])
        ]
        topics = current_topics()
        moved = [
            f"{name}: its key or its number of partitions changed"
            for name, topic in self.topics.items()
            if topics.get(name) != topic
        ]
        return sorted([*gone, *changed, *moved])

    def next_version(self, catalog: Catalog) -> Version:
        """Return the lowest version that the current contracts may have after this release.

        Major: an event of this release is no longer written, so its consumers miss it. Minor: there are more events or
        fields. Patch: only descriptions differ. The same version: nothing differs.
        """
        major, minor, patch = self.version
        current = {event.wire_type: schema_of(event) for event in catalog.events}
        if self.schemas.keys() - current.keys():
            return major + 1, 0, 0
        if any(
            name not in self.schemas or not differs_in_descriptions_only(self.schemas[name], current[name])
            for name in current
        ):
            return major, minor + 1, 0
        return (major, minor, patch) if self.schemas == current else (major, minor, patch + 1)


def current_topics() -> Mapping[str, Any]:
    """Return key and partitions of each topic, on which the order of events depends."""
    return {topic.name: {"key": topic.key, "partitions": topic.partitions} for topic in TOPICS}


def releases(contracts: Path) -> list[Release]:
    """Return every release, the oldest first."""
    found = [json.loads(path.read_bytes()) for path in (contracts / "released").glob("*.json")]
    read = [Release(parsed(file["version"]), file["schemas"], file["samples"], file["topics"]) for file in found]
    return sorted(read, key=lambda release: release.version)


def parsed(version: str) -> Version:
    """Parse a version. Raises `ValueError` unless it has three numbers."""
    major, minor, patch = map(int, version.split("."))
    return major, minor, patch


def current_version(contracts: Path) -> str:
    """Return the version in `pyproject.toml`."""
    return tomllib.loads((contracts / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def freeze(contracts: Path) -> Path:
    """Write the current contracts as a release. Raises `FileExistsError`: a release is never overwritten."""
    version = current_version(contracts)
    samples = {event.wire_type: contracts / "samples" / f"{event.wire_type}.json" for event in CATALOG.events}
    content = {
        "version": version,
        "topics": current_topics(),
        "schemas": {event.wire_type: schema_of(event) for event in CATALOG.events},
        "samples": {name: json.loads(sample.read_bytes()) for name, sample in samples.items()},
    }
    path = contracts / "released" / f"{version}.json"
    path.parent.mkdir(exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
        file.write("\n")
    return path


if __name__ == "__main__":
    sys.stdout.write(f"{freeze(Path(sys.argv[1]))}\n")
