"""The command line, run in a temporary folder."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from california_gold import cli
from testkit.logs import logging_restored


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Run a command in a temporary folder; returns the exit code and the output."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["california-gold", *arguments])
        with logging_restored(), pytest.raises(SystemExit) as ended:
            cli.main()
        code = ended.value.code
        printed = capsys.readouterr()
        return (0 if code is None else int(code)), printed.out + printed.err

    return command
