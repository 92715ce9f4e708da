"""Inspection of stores: reading whether they are whole and as declared, without changing anything in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from chassis.ports.document_store import Collection


class CheckState(StrEnum):
    """The outcome of a check."""

    WELL = "well"
    WARNING = "warning"
    WRONG = "wrong"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class CheckResult:
    """What a check has seen, and what to do about it. Neither text has a secret or data of a user in it."""

    state: CheckState
    seen: str
    advice: str = ""


class StoreInspection(Protocol):
    """The stores of an installation. Each method raises `StoreUnavailable` or `InvalidSettings`."""

    async def events(self) -> CheckResult:
        """Check the event store."""
        ...

    async def documents(self) -> CheckResult:
        """Check the document store."""
        ...

    async def objects(self) -> CheckResult:
        """Check the object store."""
        ...

    async def topics(self) -> CheckResult:
        """Check the message bus and the declaration of its topics."""
        ...

    async def keys(self, subjects: Sequence[str]) -> CheckResult:
        """Check the key store; once there are events, it must have the keys of some subjects."""
        ...

    async def indexes(self, collections: Sequence[Collection]) -> CheckResult:
        """Check that the collections which exist have the indexes that they declare."""
        ...

    async def clock(self, now: datetime) -> CheckResult:
        """Compare the time of this machine with what the stores know of time."""
        ...


def well(seen: str) -> CheckResult:
    """Return the result of a check that found nothing."""
    return CheckResult(CheckState.WELL, seen)


def warning(seen: str, advice: str) -> CheckResult:
    """Return the result of a check that found something which does not stop the product."""
    return CheckResult(CheckState.WARNING, seen, advice)


def wrong(seen: str, advice: str) -> CheckResult:
    """Return the result of a check that found a fault."""
    return CheckResult(CheckState.WRONG, seen, advice)


def not_applicable(seen: str) -> CheckResult:
    """Return the result of a check that has nothing to look at."""
    return CheckResult(CheckState.NOT_APPLICABLE, seen)
