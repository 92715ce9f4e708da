"""Measure the default detector: `python -m tools.evaluation FOLDER [PART ...]`; all parts take about ten minutes."""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from rich.console import Console

from tools.evaluation.parts import injections, kinds, lungs, phantoms, real_scans

PARTS: Mapping[str, Callable[[Path, Console], Sequence[str]]] = {
    "real-scans": real_scans,
    "lungs": lungs,
    "kinds": kinds,
    "injections": injections,
    "phantoms": phantoms,
}


def main(folder: Path, names: Sequence[str]) -> None:
    """Renew the parts, each a page with its plots, named for the version of the analyzer that was measured."""
    console = Console(stderr=True)
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or PARTS:
        sections = PARTS[name](folder, console)
        measured = f"Measured with version {version('california-gold-analyzer')} of the analyzer."
        page = "\n\n".join([f"# {name.replace('-', ' ').capitalize()}", measured, *sections]) + "\n"
        (folder / f"{name}.md").write_text(page, encoding="utf-8")
        console.print(page, markup=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
