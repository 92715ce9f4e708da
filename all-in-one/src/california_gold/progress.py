"""How far a long command is, told on the error output now and then."""

import time
from dataclasses import dataclass, field

import typer

from chassis.projections.rebuilding import Progress

_EVERY_SECONDS = 2.0


@dataclass
class Progressing:
    """Tells the rate of the present step and, where the log's end is known, the time left."""

    _step: str = field(default="", init=False)
    _first: Progress | None = field(default=None, init=False)
    _began: float = field(default=0.0, init=False)
    _told: float = field(default=0.0, init=False)

    def report(self, progress: Progress) -> None:
        """Take note of how far it is."""
        now = time.monotonic()
        if progress.step != self._step:
            self._step, self._first, self._began, self._told = progress.step, None, now, now
            typer.echo(f"{progress.step} …", err=True)
        if self._first is None:
            self._first = progress
        if now - self._told >= _EVERY_SECONDS:
            self._told = now
            typer.echo(f"  {_line(self._first, progress, now - self._began)}", err=True)


def _line(first: Progress, progress: Progress, seconds: float) -> str:
    rate = progress.done / seconds
    left = _seconds_left(first, progress, seconds)
    return f"{progress.done:,} at {rate:,.0f}/s" + (f", about {left:,.0f} s left" if left is not None else "")


def _seconds_left(first: Progress, progress: Progress, seconds: float) -> float | None:
    """Positions are no counts, but they grow evenly enough to tell the time."""
    passed = progress.position - first.position
    if progress.end is None or passed <= 0 or progress.end <= progress.position:
        return None
    return seconds * (progress.end - progress.position) / passed
