"""Where an analysis happens on disk: a folder of its own that is gone afterwards."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import asynccontextmanager
from pathlib import Path

_UPLOAD = "upload"


@asynccontextmanager
async def work_folder(parent: Path) -> AsyncGenerator[Path]:
    """Yield a new empty folder, readable by this user alone; it is removed at the end, however that comes."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=parent))
    try:
        yield folder
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))


async def fetch(chunks: AsyncIterable[bytes], folder: Path) -> Path:
    """Write an upload into the folder, under a name that tells nothing; return its path."""
    path = folder / _UPLOAD
    with await asyncio.to_thread(path.open, "wb") as file:
        async for chunk in chunks:
            await asyncio.to_thread(file.write, chunk)
    return path


def prepare(parent: Path) -> None:
    """Make the parent folder, and remove what a process that was killed has left in it."""
    shutil.rmtree(parent, ignore_errors=True)
    parent.mkdir(parents=True, mode=0o700)
