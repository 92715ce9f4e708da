"""Erased data is in no file of the data folder, and only the owner may read the files."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from chassis.composition.embedded import embedded
from chassis.ports.document_store import Collection, Document
from chassis.ports.infrastructure import Infrastructure
from testkit.eventually import eventually

THINGS = Collection("things", ("owner",), (("owner",),))
SECRET = b"Ivan-Petrov-was-born-in-1970" * 50


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
async def infrastructure(folder: Path) -> AsyncGenerator[Infrastructure]:
    async with embedded(folder) as opened:
        yield opened


def holding(folder: Path, secret: bytes) -> list[str]:
    """Return the files that contain these bytes."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and secret in path.read_bytes())


async def gone(folder: Path, secret: bytes) -> bool:
    return not await asyncio.to_thread(holding, folder, secret)


async def test_a_shredded_key_is_in_no_file(infrastructure: Infrastructure, folder: Path) -> None:
    await infrastructure.keys.key_for("user-2")
    key = await infrastructure.keys.key_for("user-1")
    assert holding(folder, key)
    await infrastructure.keys.shred("user-1")
    assert holding(folder, key) == []


@pytest.mark.parametrize("way", ["tombstone", "replacement", "deletion"])
async def test_an_erased_document_is_eventually_in_no_file(
    infrastructure: Infrastructure, folder: Path, way: str
) -> None:
    documents = infrastructure.documents
    owner = "Petrov-Ivan-Sidorovich"
    await documents.put_newer(THINGS, [Document("a", 1, SECRET, {"owner": owner}), Document("b", 1, b"{}")])
    assert holding(folder, SECRET[:40])
    if way == "tombstone":
        await documents.put_newer(THINGS, [Document("a", 2, None)])
    elif way == "replacement":
        await documents.put_newer(THINGS, [Document("a", 2, b"{}", {"owner": "nobody"})])
    else:
        await documents.delete(THINGS, ["a"])
    await eventually(lambda: gone(folder, SECRET[:28]))
    await eventually(lambda: gone(folder, owner.encode()))


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in [folder, *folder.rglob("*.db*")]}


async def test_only_the_owner_may_read_the_files(infrastructure: Infrastructure, folder: Path) -> None:
    await infrastructure.keys.key_for("user-1")
    found = await asyncio.to_thread(modes, folder)
    assert found.pop("data") == 0o700
    assert found.keys() >= {"keys.db", "keys.db-wal", "events.db", "documents.db", "messages.db", "index.db"}
    assert set(found.values()) == {0o600}
