"""How commands end, for scripts; docs/audit.md lists the same."""

from collections.abc import Generator
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn

import typer

from chassis.audit.audited_type import UnknownSubject
from chassis.audit.checkpoint import Unreadable
from chassis.audit.point_in_time import InvalidPointInTime, NotYet
from chassis.audit.signatures import BadSignature


class ExitCode(IntEnum):
    """What a script may rely on; 2, a wrong command line, is typer's own."""

    FINE = 0
    CANNOT = 1
    """A file, a setting or a store stands in the way."""
    NOT_FOUND = 3
    """There is no such thing, or was none then."""
    NOT_PROVED = 4
    """Something differs from what was written, signed or expected."""
    BUSY = 5
    """Somebody else is doing it."""


def end(code: ExitCode, *sentences: str) -> NoReturn:
    """Say why and end the command."""
    for sentence in sentences:
        typer.echo(f"california-gold: {sentence}", err=True)
    raise typer.Exit(code)


@contextmanager
def exit_on_error() -> Generator[None]:
    """End the command with the code that belongs to what went wrong."""
    try:
        yield
    except (UnknownSubject, NotYet) as problem:
        end(ExitCode.NOT_FOUND, str(problem))
    except (BadSignature, Unreadable) as problem:
        end(ExitCode.NOT_PROVED, str(problem))
    except InvalidPointInTime as problem:
        raise typer.BadParameter(str(problem)) from None
    except OSError as problem:
        end(ExitCode.CANNOT, f"{problem.filename}: {problem.strerror}" if problem.filename else str(problem))
