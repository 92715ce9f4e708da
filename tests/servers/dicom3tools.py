"""David Clunie's dicom3tools, of which `dciodvfy` holds a DICOM object to its definition in PS3.3."""

import subprocess
from pathlib import Path

from tests.servers import cache


class Dicom3tools:
    """The programs, as `make servers` brings them."""

    @staticmethod
    def missing() -> str | None:
        """Return why they can't be started, or None."""
        return None if cache.dicom3tools().exists() else "dicom3tools is not installed (make servers)"

    @staticmethod
    def complaints(path: Path) -> list[str]:
        """Return the errors and warnings about a DICOM file."""
        program = cache.dicom3tools() / "usr" / "bin" / "dciodvfy"
        checked = subprocess.run([program, path], capture_output=True, text=True, check=False)
        lines = (checked.stdout + checked.stderr).splitlines()
        return [line for line in lines if line.startswith(("Error", "Warning", "Abort", "Fatal"))]
