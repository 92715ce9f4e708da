"""Parked events for administrators and operators: what is read of their data, and what is decided, is recorded."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.audit.access import AccessLog
from chassis.commands.context import CommandContext
from chassis.messaging.parking import NothingParked, Parked, Parking
from chassis.ports.infrastructure import Infrastructure


@dataclass(frozen=True)
class ParkedEvents:
    """The parked events of every service: one collection has them all, and each consumer looks there for its own.

    What is recorded is recorded before it is done: methods with a context raise `StoreUnavailable` when it can't be.
    """

    parking: Parking
    access_log: AccessLog

    @classmethod
    def of(cls, infrastructure: Infrastructure) -> "ParkedEvents":
        """Return the parked events of an infrastructure."""
        return cls(Parking(infrastructure.documents, infrastructure.clock), AccessLog(infrastructure))

    async def page(self, group: str | None, skip: int, limit: int) -> Sequence[Parked]:
        """Return a page of the parked events of a group, or of all groups, in the order of their topics."""
        return await self.parking.page(group, skip, limit)

    async def find(self, parked_id: str) -> Parked:
        """Return a parked event, for whoever does not show its data. Raises `NothingParked`."""
        parked = await self.parking.get(parked_id)
        if parked is None:
            raise NothingParked(parked_id)
        return parked

    async def show(self, parked_id: str, context: CommandContext) -> Parked:
        """Return a parked event to show its data. Raises `NothingParked`."""
        await self._record("parked-show", parked_id, context)
        return await self.find(parked_id)

    async def retry(self, parked_id: str, context: CommandContext) -> Parked:
        """Have a parked event handled again. Raises `NothingParked` and `WaitsBehindAnother`."""
        await self._record("parked-retry", parked_id, context)
        return await self.parking.retry(parked_id)

    async def discard(self, parked_id: str, context: CommandContext) -> None:
        """Drop a parked event for ever; those that wait for it follow. Raises `NothingParked`."""
        await self._record("parked-discard", parked_id, context)
        if not await self.parking.discard(parked_id):
            raise NothingParked(parked_id)

    async def _record(self, action: str, parked_id: str, context: CommandContext) -> None:
        await self.find(parked_id)  # what a client makes up is not recorded
        await self.access_log.record(action, parked_id, context)
