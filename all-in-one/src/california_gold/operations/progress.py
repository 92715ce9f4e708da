"""Progress of a long command, printed to the error output every two seconds."""

import time
from dataclasses import dataclass, field

import typer

from chassis.projections.rebuilding import RebuildProgress

_INTERVAL_SECONDS = 2.0


@dataclass
class ProgressPrinter:
    """Prints the rate of the current step and, where the end of the log is known, the estimated time left."""

    _step: str = field(default="", init=False)
    _first: RebuildProgress | None = field(default=None, init=False)
    _started: float = field(default=0.0, init=False)
    _printed: float = field(default=0.0, init=False)

    def report(self, progress: RebuildProgress) -> None:
        """Print the progress, unless the last line of this step was printed less than two seconds ago."""
        now = time.monotonic()
        if progress.step != self._step:
            self._step, self._first, self._started, self._printed = progress.step, None, now, now
            typer.echo(f"{progress.step} …", err=True)
        if self._first is None:
            self._first = progress
        if now - self._printed >= _INTERVAL_SECONDS:
            self._printed = now
            typer.echo(f"  {_line(self._first, progress, now - self._started)}", err=True)


def _line(first: RebuildProgress, progress: RebuildProgress, seconds: float) -> str:
    rate = progress.done / seconds
    left = _seconds_left(first, progress, seconds)
    return f"{progress.done:,} at {rate:,.0f}/s" + (f", about {left:,.0f} s left" if left is not None else "")


def _seconds_left(first: RebuildProgress, progress: RebuildProgress, seconds: float) -> float | None:
    """Estimate the time left. Positions are no counts, but grow evenly enough."""
    passed = progress.position - first.position
    if progress.end is None or passed <= 0 or progress.end <= progress.position:
        return None
    return seconds * (progress.end - progress.position) / passed
