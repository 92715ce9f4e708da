"""Digests of images: adds or renews that of every tag in the Dockerfile, docker-compose.yml and the local overlay.

It asks the registries, so it needs Docker (buildx) and a network that reaches them: `python -m tools.pin_images`.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.requirements import ROOT

_OURS = "california-gold/"
_REFERENCE = re.compile(r"((?<=image: )|(?<=^ARG PYTHON=))([^\s@]+:[\w.-]+)(@sha256:[0-9a-f]{64})?$", re.MULTILINE)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
Lookup = Callable[[str], str]
"""Returns the digest of a tag's index, which is that of all platforms."""


def main() -> int:
    """Pin all files; return the exit code."""
    try:
        for file in files():
            file.write_text(pinned(file.read_text(encoding="utf-8"), ask_registry), encoding="utf-8")
    except (OSError, subprocess.CalledProcessError) as problem:
        said = problem.stderr if isinstance(problem, subprocess.CalledProcessError) else str(problem)
        sys.stderr.write(f"The registry could not be asked; files before this one may be pinned.\n{said}\n")
        return 1
    return 0


def files() -> Sequence[Path]:
    """Return the files that name images of others."""
    return [ROOT / "Dockerfile", ROOT / "docker-compose.yml", *sorted(ROOT.glob("k8s/overlays/local/*.yaml"))]


def pinned(text: str, look_up: Lookup) -> str:
    """Return a file's text with the digest of each tag behind it. Our own images have none before they are built."""

    def with_digest(found: re.Match[str]) -> str:
        name = found[2]
        return found[0] if name.startswith(_OURS) else f"{name}@{look_up(name)}"

    return _REFERENCE.sub(with_digest, text)


def ask_registry(name: str) -> str:
    """Return the digest that the registry has for a tag. Raises `OSError` and `CalledProcessError`."""
    command = ["docker", "buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", name]
    digest = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    if not _DIGEST.fullmatch(digest):
        raise OSError(f"{name}: the registry answered {digest[:100]!r} instead of a digest")
    return digest


if __name__ == "__main__":
    sys.exit(main())
