"""What a service is installed from, for the Dockerfile; it runs there without our packages.

`python tools/requirements.py folders SERVICE` prints the folders of this repository that it consists of,
`python tools/requirements.py packages SERVICE EXTRAS` the packages of the index that these need.
`chassis` as the service is what all services build on.
"""

import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_OUR_PREFIX = "california-gold"
_ALL_IN_ONE = "all-in-one"
_CHASSIS = "chassis"


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


def _project(folder: Path) -> Mapping[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _optional(project: Mapping[str, Any]) -> Mapping[str, list[str]]:
    return project.get("optional-dependencies", {})


def main(arguments: Sequence[str]) -> None:
    """Print one folder or package per line."""
    match arguments:
        case ["folders", service]:
            lines = [f"./{folder.relative_to(ROOT)}" for folder in folders(service)]
        case ["packages", service, extras]:
            lines = packages(service, extras.split(","))
        case _:
            raise SystemExit(__doc__)
    sys.stdout.writelines(f"{line}\n" for line in lines)


if __name__ == "__main__":
    main(sys.argv[1:])
