"""Progress of a copy: one line that is written over on a terminal, a line every two seconds elsewhere."""

import sys
import time
from dataclasses import dataclass, field

import typer

_MB = 1_000_000
_TERMINAL_SECONDS, _PLAIN_SECONDS = 0.2, 2.0


def _is_terminal() -> bool:
    return sys.stderr.isatty()


@dataclass
class CopyProgress:
    """Prints bytes, rate and time left to the error output."""

    total: int
    _done: int = field(default=0, init=False)
    _started: float = field(default_factory=time.monotonic, init=False)
    _printed: float = field(default_factory=time.monotonic, init=False)
    _is_terminal: bool = field(default_factory=_is_terminal, init=False)

    def add(self, count: int) -> None:
        """Count copied bytes, and print them if it is time."""
        self._done += count
        now = time.monotonic()
        if now - self._printed >= (_TERMINAL_SECONDS if self._is_terminal else _PLAIN_SECONDS):
            self._printed = now
            end = "\033[K\r" if self._is_terminal else "\n"
            typer.echo(f"{self._line(now - self._started)}{end}", err=True, nl=False)

    def clear(self) -> None:
        """Remove the line from a terminal."""
        if self._is_terminal:
            typer.echo("\033[K", err=True, nl=False)

    def _line(self, seconds: float) -> str:
        rate, left = self._done / seconds, max(0, self.total - self._done)
        of = f"{self._done / _MB:,.0f} of {max(self.total, self._done) / _MB:,.0f} MB"
        return f"{of} at {rate / _MB:,.0f} MB/s" + (f", about {left / rate:,.0f} s left" if rate else "")
