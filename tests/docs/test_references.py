"""What the documents name is there: files, links, and the figures' commands."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    {
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("services/*/README.md"),
        *(path for path in ROOT.glob("*/README.md") if ".venv" not in path.parts),
    }
)
_FILE = re.compile(
    r"`((?:contracts|chassis|services|all-in-one|testkit|tools|tests|benchmarks|docs|gateway|k8s|console)/[\w./-]+)`"
)
_LINK = re.compile(r"\]\(([^)#:]+)(?:#[\w-]*)?\)")
_MODULE = re.compile(r"python -m ((?:benchmarks|tools|testkit|tests)[\w.]*)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_links_and_commands_of_a_document_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    files = [name for name in _FILE.findall(text) if not _is_there(name)]
    links = [target for target in _LINK.findall(text) if not (document.parent / target).exists()]
    modules = [name for name in _MODULE.findall(text) if not _is_module(name)]

    assert (files, links, modules) == ([], [], [])


def _is_there(name: str) -> bool:
    candidates = [ROOT / name, ROOT / "chassis" / "src" / name]
    return any(path.exists() for path in candidates)


def _is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()
