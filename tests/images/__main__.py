"""`python -m tests.images`: installs what builds containers, and builds the images of docker-compose.yml."""

import subprocess
import sys
import time
from collections.abc import Callable

from tests.images.base_image import make_base_image
from tests.images.build import build_images
from tests.images.programs import install_programs, missing_programs


def main() -> int:
    """Build all images; return the exit code."""
    try:
        install_programs()
        if problem := missing_programs():
            sys.stderr.write(f"images: {problem}\n")
            return 1
        _timed("base image", make_base_image)
        _timed("images", build_images)
    except subprocess.CalledProcessError as problem:
        sys.stderr.write(f"images: {problem}\n{problem.stderr or ''}\n")
        return 1
    return 0


def _timed(what: str, step: Callable[[], None]) -> None:
    started = time.monotonic()
    step()
    sys.stdout.write(f"images: {what} in {time.monotonic() - started:.0f} s\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
