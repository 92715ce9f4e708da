import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from california_gold_contracts.catalog import CATALOG, Catalog, Upcaster
from california_gold_contracts.event import Event
from california_gold_contracts.schemas import schema_of
from tools.contracts.release import (
    WHAT_TO_DO,
    Release,
    current_topics,
    current_version,
    freeze,
    parsed,
    releases,
)

CONTRACTS = Path(__file__).parents[2] / "contracts"
RELEASES = releases(CONTRACTS)


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.version)
def test_the_current_contracts_break_no_release(release: Release) -> None:
    broken = release.breaking_changes(CATALOG)

    assert not broken, "\n".join([*broken, WHAT_TO_DO])


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.version)
def test_released_samples_and_old_schemas_stay_as_they_are(release: Release) -> None:
    written = {event.wire_type for event in CATALOG.events}
    for name, sample in release.samples.items():
        assert json.loads((CONTRACTS / "samples" / f"{name}.json").read_bytes()) == sample
        if name not in written:
            assert json.loads((CONTRACTS / "schemas" / f"{name}.json").read_bytes()) == release.schemas[name]


def test_the_version_is_raised_for_what_changed_since_the_last_release() -> None:
    lowest = RELEASES[-1].next_version(CATALOG)

    assert parsed(current_version(CONTRACTS)) >= lowest, f"raise contracts/pyproject.toml to {lowest}"


def test_the_changelog_has_every_version() -> None:
    headings = re.findall(r"^## (\S+)", (CONTRACTS / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert headings[0] == current_version(CONTRACTS)
    assert [parsed(version) for version in headings] == sorted(map(parsed, headings), reverse=True)
    assert {release.version for release in RELEASES} <= {parsed(version) for version in headings}


class Noted(Event):
    """A note was written."""

    wire_type: ClassVar[str] = "tests.noted.v1"

    word: str


class NotedWithColor(Noted):
    """A note was written in a color."""

    color: int = 0


class NotedV2(Event):
    wire_type: ClassVar[str] = "tests.noted.v2"

    words: tuple[str, ...]


class Erased(Event):
    wire_type: ClassVar[str] = "tests.erased.v1"


def _noted_v2(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"words": [data["word"]]}


RELEASED = Release((1, 2, 3), {Noted.wire_type: schema_of(Noted)}, {}, current_topics())
REPLACED = Catalog((NotedV2,), (Upcaster(Noted.wire_type, NotedV2.wire_type, _noted_v2),))


def test_an_event_that_cannot_be_read_is_a_breaking_change() -> None:
    assert RELEASED.breaking_changes(Catalog((Erased,))) == ["tests.noted.v1: it cannot be read any more"]


def test_another_shape_of_an_event_is_a_breaking_change() -> None:
    class NotedOtherwise(Event):
        wire_type: ClassVar[str] = "tests.noted.v1"

        word: int

    broken = RELEASED.breaking_changes(Catalog((NotedOtherwise,)))
    assert broken == ["tests.noted.v1: `word` can be integer now", "tests.noted.v1: `word` is never string any more"]


def test_another_number_of_partitions_is_a_breaking_change() -> None:
    topics = {**current_topics(), "california-gold.jobs": {"key": "job id", "partitions": 1}}

    broken = Release((1, 0, 0), {}, {}, topics).breaking_changes(CATALOG)
    assert broken == ["california-gold.jobs: its key or its number of partitions changed"]


def test_a_new_version_with_an_upcaster_is_compatible() -> None:
    assert not RELEASED.breaking_changes(REPLACED)


@pytest.mark.parametrize(
    ("catalog", "version"),
    [
        (Catalog((Noted,)), (1, 2, 3)),
        (Catalog((Noted, Erased)), (1, 3, 0)),
        (Catalog((NotedWithColor,)), (1, 3, 0)),
        (REPLACED, (2, 0, 0)),
    ],
)
def test_the_next_version_follows_from_what_changed(catalog: Catalog, version: tuple[int, int, int]) -> None:
    assert RELEASED.next_version(catalog) == version


def test_a_release_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "7.0.1"\n', encoding="utf-8")
    (tmp_path / "samples").symlink_to(CONTRACTS / "samples")

    freeze(tmp_path)
    (frozen,) = releases(tmp_path)
    assert frozen.version == (7, 0, 1)
    assert set(frozen.samples) == set(frozen.schemas) == {event.wire_type for event in CATALOG.events}
    with pytest.raises(FileExistsError):
        freeze(tmp_path)
