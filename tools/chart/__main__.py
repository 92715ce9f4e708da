"""`python -m tools.chart`: writes the Helm chart's templates and values. `--check` only compares. Needs kustomize."""

import sys
from collections.abc import Mapping
from pathlib import Path

from tests.servers import cache
from tools.chart.chart import chart

FOLDER = Path("k8s/helm/california-gold")


def stale(folder: Path, files: Mapping[str, str]) -> list[str]:
    """Return the generated files that are missing, out of date, or not generated any more."""
    present = {f"templates/{path.name}" for path in (folder / "templates").glob("*.yaml")} | {"values.yaml"}
    changed = {name for name, text in files.items() if not _is_current(folder / name, text)}
    return sorted(changed | (present - files.keys()))


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write the generated files, and delete those that are not generated any more."""
    for path in (folder / "templates").glob("*.yaml"):
        path.unlink()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def _is_current(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` list the stale ones; run in the repository root. Return the exit code."""
    files = chart(cache.kustomize_program())
    if arguments == ["--check"]:
        found = stale(FOLDER, files)
        sys.stderr.writelines(f"{FOLDER / name} is out of date: make chart\n" for name in found)
        return 1 if found else 0
    write(FOLDER, files)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
