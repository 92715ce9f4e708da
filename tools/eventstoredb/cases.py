"""The registry of cases: each sends requests to a server and notes the answers."""

from collections.abc import Awaitable, Callable

from tools.eventstoredb.transcript import Transcript

Case = Callable[[Transcript], Awaitable[None]]
CASES: dict[str, Case] = {}


def case(compared: Case) -> Case:
    """Register a case under the name of its function, as words."""
    CASES[compared.__name__.replace("_", " ")] = compared
    return compared
