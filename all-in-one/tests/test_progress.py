"""Progress of a command: a bar that is written over on a terminal, plain lines elsewhere."""

import os
import re
import sys
import time
from collections.abc import Callable

import pytest

from california_gold.operations.progress import MEGABYTES, Progress
from chassis.projections.rebuilding import RebuildProgress

AMOUNTS = r"\d+ of 1,000 MB at [\d,]+ MB/s, about [\d,]+ s left"


def _until_shown(count: Callable[[], None], shown: Callable[[], str]) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        count()
        if text := shown():
            return text
    raise AssertionError("nothing was shown")


def test_elsewhere_than_on_a_terminal_it_is_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(MEGABYTES)
    count = progress.counter("copy", 1_000_000_000)
    printed = _until_shown(lambda: count(1), lambda: capsys.readouterr().err)
    assert re.fullmatch(f"copy: {AMOUNTS}\n", printed)
    progress.clear()
    assert capsys.readouterr().err == ""


def test_on_a_terminal_a_bar_is_written_over_and_removed_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    outside, inside = os.openpty()
    with os.fdopen(inside, "w") as terminal, os.fdopen(outside, "rb", buffering=0) as seen:
        os.set_blocking(outside, False)
        monkeypatch.setattr(sys, "stderr", terminal)
        progress = Progress(MEGABYTES)
        count = progress.counter("copy", 1_000_000_000)
        count(500_000_000)
        printed = _until_shown(lambda: count(1), lambda: (seen.read(1000) or b"").decode())
        progress.clear()
        removed = seen.read(1000)
    assert re.fullmatch(rf"copy \[#{{10}}-{{10}}\] 50% {AMOUNTS}\x1b\[K\r", printed)
    assert removed == b"\x1b[K"


def test_the_time_left_of_a_step_is_estimated_from_where_it_began(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter([0.0, 10.0])
    monkeypatch.setattr("california_gold.operations.progress.time.monotonic", lambda: next(now))
    progress = Progress()
    progress.report_rebuild(RebuildProgress("read the log", 0, position=1000, end=2000))
    progress.report_rebuild(RebuildProgress("read the log", 200, position=1200, end=2000))
    assert capsys.readouterr().err == "read the log: 200 at 20/s, about 40 s left\n"


def test_without_a_known_end_there_is_no_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter([0.0, 10.0])
    monkeypatch.setattr("california_gold.operations.progress.time.monotonic", lambda: next(now))
    progress = Progress()
    progress.report("verify", 0)
    progress.report("verify", 200)
    assert capsys.readouterr().err == "verify: 200 at 20/s\n"
