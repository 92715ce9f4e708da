"""The data folder: somebody else's is refused by name and left as it is, ours and a mount are opened."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from chassis.adapters.filesystem.blobs import Blobs
from chassis.composition.data_folder import readable_by_others
from chassis.composition.embedded import embedded
from chassis.runtime.settings import InvalidSettings


def modes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mode & 0o7777 for path in [folder, *folder.rglob("*")]}


async def stored(folder: Path, content: bytes) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield content

    async with embedded(folder) as infrastructure:
        await infrastructure.objects.put("key", chunks(), "text/plain")


async def read(folder: Path) -> bytes:
    async with embedded(folder) as infrastructure:
        return b"".join([chunk async for chunk in infrastructure.objects.open("key")])


def test_a_folder_of_something_else_is_refused_by_name_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "work" / "thesis").mkdir(parents=True)
    (tmp_path / "work" / "thesis" / "chapter1.txt").write_text("mine")
    tmp_path.chmod(0o755)
    before = modes(tmp_path)

    with pytest.raises(InvalidSettings, match=rf"^CALIFORNIA_GOLD_DATA_DIR: {tmp_path} holds 'work' and no data of"):
        asyncio.run(stored(tmp_path, b"bytes"))

    assert modes(tmp_path) == before


@pytest.mark.parametrize("mode", [0o755, 0o2775])
async def test_a_mounted_folder_is_used_with_its_mode(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "mounted"
    folder.mkdir()
    folder.chmod(mode)
    (folder / "lost+found").mkdir()

    await stored(folder, b"bytes")

    assert modes(folder)["."] == mode
    assert readable_by_others(folder)


async def test_all_that_a_new_data_folder_holds_is_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    await stored(folder, b"bytes")

    assert not readable_by_others(folder)
    assert [(name, oct(mode)) for name, mode in modes(folder).items() if mode & 0o077] == []
    assert sum(mode == 0o600 for mode in modes(folder / "objects" / "blobs").values()) == 1


async def test_a_data_folder_of_a_former_version_is_opened_and_served(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    await stored(folder, b"bytes")
    for path in (folder / "objects").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    (folder / "notes of the operator").touch()

    assert await read(folder) == b"bytes"
    await stored(folder, b"newer")
    assert await read(folder) == b"newer"


async def test_only_files_that_are_named_as_blobs_are_swept(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "objects" / "blobs")
    folder = blobs.folders()[0]
    for name in ("00" + "a" * 30, "notes.txt"):
        (folder / name).touch()

    assert blobs.older_than(timedelta(seconds=-10), folder) == ["00" + "a" * 30]
