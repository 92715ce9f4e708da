"""Removes the bytes that no job needs: what an upload or an analysis left behind when it died."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from chassis.commands.aggregate import Aggregates
from chassis.ports.clock import Clock
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.object_store import ListedObject, ObjectStore
from chassis.runtime.service import Worker
from jobs_command.application.job_objects import INPUTS, OUTPUTS, job_of
from jobs_command.domain.commands import Command
from jobs_command.domain.job import Job

_log = structlog.get_logger()


@dataclass(frozen=True)
class Sweeper:
    """Looks at every object of jobs each `pause`. One younger than `grace` may still be waiting for its fact."""

    objects: ObjectStore
    aggregates: Aggregates[Job | None, Command]
    clock: Clock
    grace: timedelta
    pause: timedelta

    @property
    def worker(self) -> Worker:
        """The sweeping as work for a process."""
        return Worker("orphaned-job-objects", self.run)

    async def run(self) -> None:
        """Sweep again and again."""
        while True:
            await asyncio.sleep(self.pause.total_seconds())
            try:
                _log.info("orphans_swept", removed=await self.sweep())
            except StoreUnavailable as problem:
                _log.warning("sweep_interrupted", reason=str(problem))

    async def sweep(self) -> int:
        """Remove what is orphaned now; return how many objects that were."""
        orphans = [
            stored.key
            for place in (INPUTS, OUTPUTS)
            async for stored in self.objects.list(place)
            if await self._is_orphaned(stored)
        ]
        for key in orphans:
            await self.objects.delete(key)
        return len(orphans)

    async def _is_orphaned(self, stored: ListedObject) -> bool:
        job_id = job_of(stored.key)
        if job_id is None or stored.modified > self.clock.now() - self.grace:
            return False
        job = (await self.aggregates.load(job_id)).state
        if job is None or job.deleted:
            return True
        # The outputs of an attempt that goes on are waiting for its end, however long that takes to arrive.
        finished = job.status.ended or stored.key.startswith(INPUTS)
        return finished and stored.key not in job.object_keys
