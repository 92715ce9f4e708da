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
    freeze,
    parsed,
    present_topics,
    present_version,
    releases,
)

CONTRACTS = Path(__file__).parents[2] / "contracts"
RELEASES = releases(CONTRACTS)


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.version)
def test_what_was_released_is_kept(release: Release) -> None:
    broken = release.broken_by(CATALOG)

    assert not broken, "\n".join([*broken, WHAT_TO_DO])


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.version)
def test_released_samples_and_old_schemas_stay_as_they_are(release: Release) -> None:
    written = {event.wire_type for event in CATALOG.events}
    for name, sample in release.samples.items():
        assert json.loads((CONTRACTS / "samples" / f"{name}.json").read_bytes()) == sample
        if name not in written:
            assert json.loads((CONTRACTS / "schemas" / f"{name}.json").read_bytes()) == release.schemas[name]


def test_the_version_says_what_changed_since_the_last_release() -> None:
    least = RELEASES[-1].next_version(CATALOG)

    assert parsed(present_version(CONTRACTS)) >= least, f"raise contracts/pyproject.toml to {least}"


def test_the_changelog_tells_of_every_version() -> None:
    told = re.findall(r"^## (\S+)", (CONTRACTS / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert told[0] == present_version(CONTRACTS)
    assert [parsed(version) for version in told] == sorted(map(parsed, told), reverse=True)
    assert {release.version for release in RELEASES} <= {parsed(version) for version in told}


class Told(Event):
    """Said."""

    wire_type: ClassVar[str] = "tests.told.v1"

    word: str


class ToldLouder(Told):
    """Said louder."""

    loudness: int = 0


class ToldAgain(Event):
    wire_type: ClassVar[str] = "tests.told.v2"

    words: tuple[str, ...]


class Heard(Event):
    wire_type: ClassVar[str] = "tests.heard.v1"


def _again(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"words": [data["word"]]}


RELEASED = Release((1, 2, 3), {Told.wire_type: schema_of(Told)}, {}, present_topics())
REPLACED = Catalog((ToldAgain,), (Upcaster(Told.wire_type, ToldAgain.wire_type, _again),))


def test_an_event_that_nothing_reads_breaks_a_promise() -> None:
    assert RELEASED.broken_by(Catalog((Heard,))) == ["tests.told.v1: nothing reads it any more"]


def test_an_event_that_has_another_shape_breaks_a_promise() -> None:
    class Retold(Event):
        wire_type: ClassVar[str] = "tests.told.v1"

        word: int

    broken = RELEASED.broken_by(Catalog((Retold,)))
    assert broken == ["tests.told.v1: `word` can be integer now", "tests.told.v1: `word` is never string any more"]


def test_a_topic_that_is_cut_otherwise_breaks_a_promise() -> None:
    topics = {**present_topics(), "california-gold.jobs": {"key": "job id", "partitions": 1}}

    broken = Release((1, 0, 0), {}, {}, topics).broken_by(CATALOG)
    assert broken == ["california-gold.jobs: it is kept otherwise"]


def test_a_new_version_with_an_upcaster_keeps_the_promise() -> None:
    assert not RELEASED.broken_by(REPLACED)


@pytest.mark.parametrize(
    ("catalog", "version"),
    [
        (Catalog((Told,)), (1, 2, 3)),
        (Catalog((Told, Heard)), (1, 3, 0)),
        (Catalog((ToldLouder,)), (1, 3, 0)),
        (REPLACED, (2, 0, 0)),
    ],
)
def test_the_next_version_follows_from_what_changed(catalog: Catalog, version: tuple[int, int, int]) -> None:
    assert RELEASED.next_version(catalog) == version


def test_a_release_is_written_once(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "7.0.1"\n', encoding="utf-8")
    (tmp_path / "samples").symlink_to(CONTRACTS / "samples")

    freeze(tmp_path)
    (frozen,) = releases(tmp_path)
    assert frozen.version == (7, 0, 1)
    assert set(frozen.samples) == set(frozen.schemas) == {event.wire_type for event in CATALOG.events}
    with pytest.raises(FileExistsError):
        freeze(tmp_path)
