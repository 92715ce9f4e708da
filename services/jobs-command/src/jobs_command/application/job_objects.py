"""Where the bytes of a job are: the layout of its keys, and their removal."""

from dataclasses import dataclass
from uuid import UUID

from chassis.ports.object_store import ObjectStore

INPUTS = "jobs/"
OUTPUTS = "results/"


def input_key(owner_id: int, job_id: UUID, upload_id: UUID) -> str:
    """Return the key of an uploaded file. The file's own name stays out of it: it may name a patient."""
    return f"{INPUTS}{owner_id}/{job_id}/{upload_id}"


def job_of(key: str) -> UUID | None:
    """Return the job that an object belongs to; None when the key has another form than ours."""
    parts = key.split("/")
    place = 2 if key.startswith(INPUTS) else 1
    try:
        return UUID(parts[place])
    except (IndexError, ValueError):
        return None


@dataclass(frozen=True)
class JobObjects:
    """The inputs and outputs of jobs in the object store."""

    objects: ObjectStore

    async def remove_all(self, job_id: UUID, owner_id: int) -> None:
        """Remove everything that belongs to a job. Done twice it changes nothing."""
        await self._remove(f"{INPUTS}{owner_id}/{job_id}/")
        await self.remove_outputs(job_id)

    async def remove_outputs(self, job_id: UUID) -> None:
        """Remove what the analyses of a job made."""
        await self._remove(f"{OUTPUTS}{job_id}/")

    async def _remove(self, prefix: str) -> None:
        for key in [stored.key async for stored in self.objects.list(prefix)]:
            await self.objects.delete(key)
