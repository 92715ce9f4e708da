"""Exit codes of commands, for scripts; docs/audit.md lists them."""

from collections.abc import Generator
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn

import typer

from chassis.audit.audited_type import UnknownSubject
from chassis.audit.checkpoint import UnreadableFile
from chassis.audit.point_in_time import InvalidPointInTime, NotYet
from chassis.audit.signatures import BadSignature


class ExitCode(IntEnum):
    """Exit codes; 2, a wrong command line, is typer's own."""

    DONE = 0
    CANNOT = 1
    """A file, a setting or a store prevents it."""
    NOT_FOUND = 3
    """The subject does not exist, or did not exist at that time."""
    NOT_PROVED = 4
    """Something differs from what was written, signed or expected."""
    BUSY = 5
    """Another process is doing it."""


def end(code: ExitCode, *sentences: str) -> NoReturn:
    """Print the reasons to the error output and end the command."""
    for sentence in sentences:
        typer.echo(f"california-gold: {sentence}", err=True)
    raise typer.Exit(code)


@contextmanager
def interruptible(advice: str) -> Generator[None]:
    """End the command with one line when it is interrupted: `advice` says whether it can go on where it stopped."""
    try:
        yield
    except KeyboardInterrupt:
        end(ExitCode.CANNOT, f"interrupted: {advice}")


@contextmanager
def exit_on_error() -> Generator[None]:
    """End the command with the exit code of the error that is raised."""
    try:
        yield
    except (UnknownSubject, NotYet) as problem:
        end(ExitCode.NOT_FOUND, str(problem))
    except (BadSignature, UnreadableFile) as problem:
        end(ExitCode.NOT_PROVED, str(problem))
    except InvalidPointInTime as problem:
        raise typer.BadParameter(str(problem)) from None
    except OSError as problem:
        end(ExitCode.CANNOT, f"{problem.filename}: {problem.strerror}" if problem.filename else str(problem))
