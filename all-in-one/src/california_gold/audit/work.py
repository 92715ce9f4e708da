"""Running the work of an audit command: its infrastructure, and its exit code."""

from collections.abc import Awaitable, Callable, Sequence
from typing import NoReturn, TypeVar

from california_gold.audit.auditor import Auditor, BrokenStream
from california_gold.command_infrastructure import run_on_infrastructure
from california_gold.exit_codes import ExitCode, end, exit_on_error, interruptible
from chassis.audit.fault import Fault

T = TypeVar("T")
_MAX_PRINTED = 100


def run_audit(work: Callable[[Auditor], Awaitable[T]]) -> T:
    """Run work on an auditor of the command's infrastructure; an error ends the command."""
    with interruptible("nothing was written; it starts from the beginning"), exit_on_error():
        try:
            return run_on_infrastructure(lambda infrastructure: work(Auditor(infrastructure)))
        except BrokenStream as broken:
            exit_with_faults(broken.faults)


def exit_with_faults(faults: Sequence[Fault]) -> NoReturn:
    """Print the faults and end the command."""
    more = [f"and {len(faults) - _MAX_PRINTED:,} more"] if len(faults) > _MAX_PRINTED else []
    end(ExitCode.NOT_PROVED, *map(str, faults[:_MAX_PRINTED]), *more)
