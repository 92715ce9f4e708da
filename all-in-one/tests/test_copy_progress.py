"""Progress of a copy: a line that is written over on a terminal, plain lines elsewhere."""

import os
import re
import sys
import time

import pytest

from california_gold.operations.copy_progress import CopyProgress

LINE = r"\d+ of 1,000 MB at [\d,]+ MB/s, about [\d,]+ s left"


def test_elsewhere_than_on_a_terminal_it_is_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    progress, printed, deadline = CopyProgress(1_000_000_000), "", time.monotonic() + 60
    while not printed and time.monotonic() < deadline:
        progress.add(1)
        printed = capsys.readouterr().err
    assert re.fullmatch(LINE + "\n", printed)
    progress.clear()
    assert capsys.readouterr().err == ""


def test_on_a_terminal_a_line_is_written_over_and_removed_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    outside, inside = os.openpty()
    with os.fdopen(inside, "w") as terminal, os.fdopen(outside, "rb", buffering=0) as seen:
        os.set_blocking(outside, False)
        monkeypatch.setattr(sys, "stderr", terminal)
        progress, printed, deadline = CopyProgress(1_000_000_000), b"", time.monotonic() + 60
        while not printed and time.monotonic() < deadline:
            progress.add(1)
            printed = seen.read(1000) or b""
        progress.clear()
        removed = seen.read(1000)
    assert re.fullmatch(LINE + "\x1b\\[K\r", printed.decode())
    assert removed == b"\x1b[K"
