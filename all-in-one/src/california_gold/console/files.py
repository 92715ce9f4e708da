"""The built files of the console, read once: an answer waits for no disk, and no request names a path of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

PACKAGED = Path(__file__).with_name("dist")
"""Where the image has them: the Dockerfile puts them into the package."""
BUILT = Path(__file__).parents[4] / "console" / "dist"
"""Where `make console` builds them."""

_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
}
_COMPRESSED = ".gz"


@dataclass(frozen=True)
class BuiltFile:
    """A file of the console; `compressed` is its content in gzip's form."""

    content: bytes
    compressed: bytes | None
    media_type: str
    etag: str


def console_folder() -> Path | None:
    """Return the folder of the built console, or None where it was never built."""
    return next((folder for folder in (PACKAGED, BUILT) if (folder / "index.html").is_file()), None)


def read_files(folder: Path) -> Mapping[str, BuiltFile]:
    """Return every file of a folder by its path below it."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.suffix != _COMPRESSED]
    return {path.relative_to(folder).as_posix(): _read(path) for path in paths}


def _read(path: Path) -> BuiltFile:
    content = path.read_bytes()
    packed = path.with_name(path.name + _COMPRESSED)
    return BuiltFile(
        content,
        packed.read_bytes() if packed.is_file() else None,
        _MEDIA_TYPES.get(path.suffix, "application/octet-stream"),
        f'"{sha256(content).hexdigest()[:32]}"',
    )
