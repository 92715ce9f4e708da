"""Releases of the contracts: what others rely on, frozen in one file each, and what the present may not do to it.

`python -m tools.contracts.release contracts` freezes the present as the version of `pyproject.toml`.
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
from tools.contracts.compatibility import breaking_changes, same_but_for_words

WHAT_TO_DO = """A released version of an event never changes. Give it its old shape back, or, if the change is meant:
  1. Write the new shape under the next wire type (`…v2`), and an `Upcaster` from the old one, in its catalogue.
  2. Keep the schema and the golden sample of the old version; add those of the new one (`make generate`).
  3. Raise the major version in contracts/pyproject.toml and say in contracts/CHANGELOG.md what readers must do."""
Version = tuple[int, int, int]


@dataclass(frozen=True)
class Release:
    """What was published under a version: the events that were written then, and the topics."""

    version: Version
    schemas: Mapping[str, Mapping[str, Any]]
    samples: Mapping[str, Any]
    topics: Mapping[str, Any]

    def broken_by(self, catalog: Catalog) -> list[str]:
        """Return a sentence for each promise that the present does not keep."""
        present = {event.wire_type: schema_of(event) for event in catalog.events}
        gone = [f"{name}: nothing reads it any more" for name in self.schemas if not catalog.knows(name)]
        changed = [
            f"{name}: {change}"
            for name in self.schemas.keys() & present.keys()
            for change in breaking_changes(self.schemas[name], present[name])
        ]
        topics = present_topics()
        moved = [f"{name}: it is kept otherwise" for name, kept in self.topics.items() if topics.get(name) != kept]
        return sorted([*gone, *changed, *moved])

    def next_version(self, catalog: Catalog) -> Version:
        """Return the least version that the present may have, by what it means for who relies on this one.

        Major: an event of this release is written no more, so its readers hear of it under a name that they do not
        know. Minor: there is more to read. Patch: only words are different. The same: nothing is.
        """
        major, minor, patch = self.version
        present = {event.wire_type: schema_of(event) for event in catalog.events}
        if self.schemas.keys() - present.keys():
            return major + 1, 0, 0
        if any(
            name not in self.schemas or not same_but_for_words(self.schemas[name], present[name]) for name in present
        ):
            return major, minor + 1, 0
        return (major, minor, patch) if self.schemas == present else (major, minor, patch + 1)


def present_topics() -> Mapping[str, Any]:
    """Return what readers rely on of each topic: which events stay in order, and where they are looked for."""
    return {topic.name: {"key": topic.key, "partitions": topic.partitions} for topic in TOPICS}


def releases(contracts: Path) -> list[Release]:
    """Return every release, the oldest first."""
    found = [json.loads(path.read_bytes()) for path in (contracts / "released").glob("*.json")]
    read = [Release(parsed(each["version"]), each["schemas"], each["samples"], each["topics"]) for each in found]
    return sorted(read, key=lambda release: release.version)


def parsed(version: str) -> Version:
    """Read a version. Raises `ValueError` for what is no plain semantic version."""
    major, minor, patch = map(int, version.split("."))
    return major, minor, patch


def present_version(contracts: Path) -> str:
    """Return the version that the contracts have now."""
    return tomllib.loads((contracts / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def freeze(contracts: Path) -> Path:
    """Write the present as a release. Raises `FileExistsError`: what is released stays as it is."""
    version = present_version(contracts)
    samples = {each.wire_type: contracts / "samples" / f"{each.wire_type}.json" for each in CATALOG.events}
    content = {
        "version": version,
        "topics": present_topics(),
        "schemas": {event.wire_type: schema_of(event) for event in CATALOG.events},
        "samples": {name: json.loads(path.read_bytes()) for name, path in samples.items()},
    }
    place = contracts / "released" / f"{version}.json"
    place.parent.mkdir(exist_ok=True)
    with place.open("x", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
        file.write("\n")
    return place


if __name__ == "__main__":
    sys.stdout.write(f"{freeze(Path(sys.argv[1]))}\n")
