"""Progress of a long command, on the error output: a bar on a terminal, a plain line every two seconds elsewhere."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import typer

from chassis.projections.rebuilding import RebuildProgress

_TERMINAL_SECONDS, _PLAIN_SECONDS = 0.2, 2.0
_BAR_WIDTH = 20


def _is_terminal() -> bool:
    return sys.stderr.isatty()


@dataclass(frozen=True)
class Unit:
    """What is counted: `size` of it are one of `name` (with a space before it)."""

    name: str
    size: int


EVENTS, MEGABYTES = Unit("", 1), Unit(" MB", 1_000_000)


@dataclass
class Progress:
    """Shows how much of a step is done, its rate and, where the end is known, the time left."""

    unit: Unit = EVENTS
    _is_terminal: bool = field(default_factory=_is_terminal, init=False)
    _step: str = field(default="", init=False)
    _first: RebuildProgress | None = field(default=None, init=False)
    _started: float = field(default=0.0, init=False)
    _shown: float = field(default=0.0, init=False)

    def report(self, step: str, done: int, *, total: int | None = None, share: float | None = None) -> None:
        """Show that `done` of a step is done, if it is time. `share` (0 to 1): how much of it that is about."""
        now = time.monotonic()
        if step != self._step:
            self._step, self._started, self._shown = step, now, now
        if now - self._shown >= (_TERMINAL_SECONDS if self._is_terminal else _PLAIN_SECONDS):
            self._shown = now
            share = min(1.0, done / total) if total else share
            text = _amounts(done, total, now - self._started, share, self.unit)
            line = f"{step} {_bar(share)}{text}\033[K\r" if self._is_terminal else f"{step}: {text}\n"
            typer.echo(line, err=True, nl=False)

    def report_rebuild(self, progress: RebuildProgress) -> None:
        """Show a step that reads the log. Positions are no counts, but grow evenly enough."""
        if self._first is None or self._first.step != progress.step:
            self._first = progress
        first, end = self._first.position, progress.end
        share = (progress.position - first) / (end - first) if end is not None and end > first else None
        self.report(progress.step, progress.done, share=share if share and share < 1 else None)

    def counter(self, step: str, total: int) -> Callable[[int], None]:
        """Return a function that shows a step when it is given what was done since its last call."""
        done = 0

        def count(more: int) -> None:
            nonlocal done
            done += more
            self.report(step, done, total=max(total, done))

        return count

    def clear(self) -> None:
        """Remove the bar from a terminal."""
        if self._is_terminal and self._step:
            typer.echo("\033[K", err=True, nl=False)


def _bar(share: float | None) -> str:
    if share is None:
        return ""
    full = int(share * _BAR_WIDTH)
    return f"[{'#' * full}{'-' * (_BAR_WIDTH - full)}] {share:.0%} "


def _amounts(done: int, total: int | None, seconds: float, share: float | None, unit: Unit) -> str:
    of = f" of {total / unit.size:,.0f}" if total else ""
    left = f", about {seconds * (1 - share) / share:,.0f} s left" if share else ""
    return f"{done / unit.size:,.0f}{of}{unit.name} at {done / unit.size / seconds:,.0f}{unit.name}/s{left}"
