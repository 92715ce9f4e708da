"""Lock file: pins the version and the hashes of every package in constraints.txt, without index addresses (ADR 40).

`python -m tools.lock` chooses the newest compatible versions; with `--keep`, pinned versions stay, and only what is
missing is added.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.requirements import BUILD, LOCK, NODE, folders

_OPTIONS = (
    *("--python-version", "3.11", "--generate-hashes", "--no-header", "--no-emit-index-url"),
    *("--annotation-style", "line", "--quiet"),
)
_ENTRY = re.compile(r"^[a-z0-9].*(?:\n[ #].*)*", re.MULTILINE)
_REQUIRED_BY = re.compile(r"^ +# via (.*)$", re.MULTILINE)


def main(arguments: Sequence[str]) -> int:
    """Resolve every package of the workspace with `uv pip compile`; run in the repository root."""
    with TemporaryDirectory() as folder:
        resolved = Path(folder) / "constraints.txt"
        if "--keep" in arguments:
            resolved.write_bytes(LOCK.read_bytes())
        compile_ = [str(Path(sys.executable).with_name("uv")), "pip", "compile", *_OPTIONS, "-o", str(resolved), "-"]
        done = subprocess.run(
            compile_, input="\n".join(_requirements()), stderr=subprocess.PIPE, text=True, check=False
        )
        if done.returncode:
            sys.stderr.write(done.stderr)
            return done.returncode
        entries = sorted(map(_entry, _ENTRY.findall(resolved.read_text(encoding="utf-8"))))
    LOCK.write_text("".join(entries), encoding="utf-8")
    return 0


def _requirements() -> Iterator[str]:
    """Return our folders with every extra, what builds them, and what builds the console."""
    for folder in folders("all-in-one"):
        extras = "[dev,distributed,model,telemetry]" if folder.name == "all-in-one" else ""
        yield f"-e {folder}{extras}"
    yield from BUILD
    yield from NODE


def _entry(text: str) -> str:
    """Return a package as it stands in the file; it is required by packages, whatever else uv names."""
    required_by = [name for found in _REQUIRED_BY.findall(text) for name in found.split(", ") if name[0].isalpha()]
    pin = _REQUIRED_BY.sub("", text).rstrip()
    return f"{pin}\n    # via {', '.join(required_by)}\n" if required_by else f"{pin}\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
