"""The tutorial and the guides work: their steps are done in a copy of this repository, as a reader would do them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tools.tutorial import StepFailed, follow, steps

ROOT = Path(__file__).parents[2]
GUIDES = [
    ["docs/tutorial/README.md"],
    [
        "docs/adding-a-service.md",
        "docs/adding-a-service-over-http.md",
        "docs/adding-a-service-to-the-deployment.md",
    ],
]
"""Each guide is a list of pages, which are done in one copy of the repository."""
PACKAGES = ["contracts", "chassis", "all-in-one"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of the files that git tracks or would track, with the environment of this one."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    copy = tmp_path / "checkout"
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    return copy


def environment(checkout: Path) -> dict[str, str]:
    """Let Python find the packages of the copy before the installed ones."""
    folders = [checkout, *(checkout / name / "src" for name in PACKAGES)]
    folders += sorted(checkout.glob("services/*/src"))
    path = os.pathsep.join(map(str, [*folders, checkout / "services" / "bookmarks" / "src"]))
    options = (
        f"{os.environ.get('PYTEST_ADDOPTS', '')} -p no:hypothesispytest"  # it takes half of the start of each pytest
    )
    return {**os.environ, "PYTHONPATH": path, "PYTEST_ADDOPTS": options}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("pages", GUIDES, ids=lambda pages: pages[0])
@pytest.mark.thorough
def test_a_reader_who_does_each_step_gets_what_the_guide_says(pages: list[str], checkout: Path) -> None:
    counts = [follow((ROOT / page).read_text(encoding="utf-8"), checkout, environment(checkout)) for page in pages]

    assert sum(counts) > 10
    assert min(counts) > 5, "a page has hardly any step: is an info string misspelled?"


def test_an_edit_whose_line_is_gone_fails(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("first\n", encoding="utf-8")

    with pytest.raises(StepFailed):
        follow('```python file=code.py after="second"\nthird\n```\n', tmp_path, {})


def test_edits_go_where_the_guide_says(tmp_path: Path) -> None:
    guide = """
```text file=a.txt
one
three
```

```text file=a.txt after="one"
two
```

```text file=a.txt replace="three"
3
```

```text file=a.txt append
@four
five
```

```text file=a.txt before="five"
before the decorator of five
```
"""
    assert follow(guide, tmp_path, {}) == 5
    assert (tmp_path / "a.txt").read_text().splitlines() == [
        "one",
        "two",
        "3",
        "before the decorator of five",
        "@four",
        "five",
    ]


@pytest.mark.parametrize(
    "guide",
    ["```sh run\nfalse\n```\n", "```sh run fails\ntrue\n```\n", "```sh run\necho a\n```\n\n```text output\nb\n```\n"],
)
def test_a_command_that_does_something_else_fails(guide: str, tmp_path: Path) -> None:
    with pytest.raises(StepFailed):
        follow(guide, tmp_path, dict(os.environ))


def test_other_code_blocks_are_no_steps() -> None:
    assert list(steps("```sh\nmake run\n```\n\n```python\nprint()\n```\n")) == []
