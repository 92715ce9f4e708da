"""JobOrphans: which objects of jobs are orphaned, because an upload or an analysis ended without its event."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass

from california_gold_contracts.job_objects import INPUTS, OUTPUTS, job_of
from chassis.commands.aggregate import Aggregates
from jobs_command.domain.commands import Command
from jobs_command.domain.job import Job


@dataclass(frozen=True)
class JobOrphans:
    """Orphan rule: an object whose key names a job that does not refer to it."""

    aggregates: Aggregates[Job | None, Command]
    prefixes: Sequence[str] = (INPUTS, OUTPUTS)

    async def orphans(self, pages: AsyncIterator[Sequence[str]]) -> Collection[str]:
        """Return the orphaned keys. Loads the job of each key."""
        return [key async for page in pages for key in page if await self._is_orphaned(key)]

    async def _is_orphaned(self, key: str) -> bool:
        job_id = job_of(key)
        if job_id is None:
            return False
        job = (await self.aggregates.load(job_id)).state
        if job is None or job.deleted:
            return True
        # The event that refers to the outputs of a running attempt is its last one, which may still be under way.
        finished = job.status.ended or key.startswith(INPUTS)
        return finished and key not in job.object_keys
