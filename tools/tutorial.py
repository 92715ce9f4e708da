"""Steps of a guide: the code blocks of a Markdown file, applied to a copy of the repository and run.

A block whose info string names a file is an edit, `sh run` is a command, and `text output` are lines that the command
before it must print:

    ```python file=PATH              the whole file
    ```python file=PATH append       text at the end
    ```python file=PATH after="…"    text after the first line that contains …
    ```python file=PATH before="…"   text before that line, and before the decorators above it
    ```python file=PATH replace="…"  text instead of that line
    ```sh run                        a command, which must succeed; `sh run fails`: one that must not

`python -m tools.tutorial GUIDE FOLDER` applies all edits of a guide to a checkout in FOLDER, without running anything.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^(?P<fence>`{3,})(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL)
_WHERE = ("after", "before", "replace")
_TIMEOUT_SECONDS = 300


class StepFailed(AssertionError):
    """A step of a guide does not do what the guide says."""


@dataclass(frozen=True)
class Step:
    """One code block: the words of its info string, its options, its text."""

    words: tuple[str, ...]
    options: Mapping[str, str]
    text: str

    @property
    def is_edit(self) -> bool:
        """Whether the block changes a file."""
        return "file" in self.options

    def apply(self, root: Path) -> None:
        """Change the file below `root`. Raises `StepFailed` when the line to look for is not in it."""
        path = root / self.options["file"]
        if "append" in self.words:
            text = path.read_text(encoding="utf-8") + self.text
        elif where := next((name for name in _WHERE if name in self.options), None):
            text = _edited(path, where, self.options[where], self.text)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            text = self.text
        path.write_text(text, encoding="utf-8")

    def run(self, root: Path, environment: Mapping[str, str]) -> str:
        """Run the block as a shell script in `root`; return its output. Raises `StepFailed`."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.text],
            cwd=root,
            env=dict(environment),
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
        output = done.stdout + done.stderr
        if (done.returncode != 0) != ("fails" in self.words):
            raise StepFailed(f"exit code {done.returncode} of:\n{self.text}\n{output}")
        return output


def steps(guide: str) -> Iterator[Step]:
    """Yield the code blocks of a Markdown text that are steps: edits, commands and expected outputs."""
    for block in _BLOCK.finditer(guide):
        words = shlex.split(block["info"])
        options = dict(word.split("=", 1) for word in words if "=" in word)
        step = Step(tuple(word for word in words if "=" not in word), options, block["text"])
        if step.is_edit or step.words[1:2] in (("run",), ("output",)):
            yield step


def follow(guide: str, root: Path, environment: Mapping[str, str]) -> int:
    """Do all steps of a guide in order; return how many there were. Raises `StepFailed` at the first that fails."""
    output, count = "", 0
    for step in steps(guide):
        count += 1
        if step.is_edit:
            step.apply(root)
        elif step.words[1] == "run":
            output = step.run(root, environment)
        else:
            missing = [line for line in step.text.splitlines() if line.strip() not in output]
            if missing:
                raise StepFailed(f"the output lacks {missing}:\n{output}")
    return count


def _edited(path: Path, where: str, wanted: str, text: str) -> str:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    found = next((number for number, line in enumerate(lines) if wanted in line), None)
    if found is None:
        raise StepFailed(f"{path} has no line with {wanted!r}")
    if where == "before":
        while lines[found - 1].lstrip().startswith("@"):
            found -= 1
    begin = found if where in ("before", "replace") else found + 1
    end = found + 1 if where in ("after", "replace") else found
    return "".join([*lines[:begin], text, *lines[end:]])


def main(arguments: list[str]) -> int:
    """Apply the edits of a guide to a checkout. Returns the exit code."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m tools.tutorial GUIDE FOLDER\n")
        return 2
    for step in steps(Path(arguments[0]).read_text(encoding="utf-8")):
        if step.is_edit:
            step.apply(Path(arguments[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
