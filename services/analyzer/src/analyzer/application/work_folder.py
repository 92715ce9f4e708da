"""Temporary folder of an analysis on disk."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import asynccontextmanager
from pathlib import Path

_UPLOAD = "upload"


@asynccontextmanager
async def work_folder(parent: Path) -> AsyncGenerator[Path]:
    """Yield a new empty folder, readable by this user only; it is always removed at the end."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=parent))
    try:
        yield folder
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))


async def download(chunks: AsyncIterable[bytes], folder: Path) -> Path:
    """Write an upload into the folder, under a fixed name; return its path."""
    path = folder / _UPLOAD
    with await asyncio.to_thread(path.open, "wb") as file:
        async for chunk in chunks:
            await asyncio.to_thread(file.write, chunk)
    return path


def recreate_folder(parent: Path) -> None:
    """Create the parent folder, without the leftovers of a killed process."""
    shutil.rmtree(parent, ignore_errors=True)
    parent.mkdir(parents=True, mode=0o700)
