"""Ctrl-C ends a long command with one line that says whether it can go on where it stopped."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from california_gold.operations.progress import Progress
from testkit.doctored import install

Run = Callable[..., tuple[int, str]]


@pytest.fixture(autouse=True)
def heed_interrupts() -> Iterator[None]:
    """A shell starts background jobs with SIGINT ignored, and their children inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("command", "advice"),
    [
        (("rebuild", "users"), "run it again, it goes on where it stopped"),
        (("replay", "--to-topic", "team.replayed"), "it goes on with --from and the position after the last published"),
        (("audit", "verify", "--all"), "nothing was written; it starts from the beginning"),
        (("audit", "checkpoint", "--out", "checkpoint"), "nothing was written; it starts from the beginning"),
        (("backup", "backup"), "run it again, what was copied is not copied again"),
    ],
)
def test_an_interrupted_command_says_how_to_go_on(
    command: tuple[str, ...], advice: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(install(tmp_path / "data"))
    monkeypatch.setattr(Progress, "report", _interrupt)

    code, printed = run(*command)

    assert code == 1, printed
    assert f"california-gold: interrupted: {advice}" in printed
    assert "Traceback" not in printed


def _interrupt(*_: object, **__: object) -> None:
    """Press Ctrl-C while a command shows its progress."""
    signal.raise_signal(signal.SIGINT)
