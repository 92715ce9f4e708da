"""The size of the console: what a reader waits for before the viewer's own code is asked for."""

import re

import pytest

from tests.console.built_console import BuiltConsole
from tests.servers.shared import required
from tools.console import CONSOLE

pytestmark = pytest.mark.thorough

MAX_BYTES = 1_500_000
VIEWER = "viewer-"
"""How the chunk of the viewer's library is named."""


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    required(BuiltConsole)


def test_everything_before_the_viewer_is_small_when_compressed() -> None:
    packed = {path.name: path.stat().st_size for path in (CONSOLE / "dist").rglob("*.gz")}
    before = {name: size for name, size in packed.items() if not name.startswith(VIEWER)}
    assert "index.html.gz" in before
    assert sum(before.values()) <= MAX_BYTES, before


def test_the_first_page_asks_for_files_with_hashed_names_only() -> None:
    page = (CONSOLE / "dist" / "index.html").read_text(encoding="utf-8")
    asked = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert asked
    assert [address for address in asked if not re.fullmatch(r"/console/assets/[\w-]+-[\w-]{8}\.\w+", address)] == []
    assert "<style" not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)


def test_the_library_of_the_viewer_is_in_its_own_chunk_only() -> None:
    scripts = {path.name: path.read_bytes() for path in (CONSOLE / "dist" / "assets").glob("*.js")}
    with_library = {
        name for name, content in scripts.items() if b"niivue" in content.lower() and len(content) > 500_000
    }
    assert {name for name in with_library if not name.startswith(VIEWER)} == set()
