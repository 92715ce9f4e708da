"""The objects of a job: new keys, and deletion."""

import sys
from collections.abc import Container
from dataclasses import dataclass
from uuid import UUID, uuid4

from california_gold_contracts.job_objects import INPUTS, OUTPUTS
from chassis.ports.object_store import ObjectStore


def new_input_key(owner_id: int, job_id: UUID) -> str:
    """Return a new object key for an uploaded file. It has no file name, because that may contain a patient's name."""
    return f"{INPUTS}{owner_id}/{job_id}/{uuid4()}"


@dataclass(frozen=True)
class JobObjects:
    """Deletes inputs and outputs of jobs. Every method is idempotent."""

    objects: ObjectStore

    async def delete_all(self, job_id: UUID, owner_id: int) -> None:
        """Delete the inputs and outputs of a job."""
        await self._delete(f"{INPUTS}{owner_id}/{job_id}/")
        await self.delete_outputs(job_id)

    async def delete_outputs(self, job_id: UUID) -> None:
        """Delete the outputs of all analyses of a job."""
        await self._delete(f"{OUTPUTS}{job_id}/")

    async def delete_replaced_outputs(self, job_id: UUID, attempt: int, kept: Container[str]) -> None:
        """Delete the outputs of the attempts before this one, except those that are kept: it refers to them."""
        folder = f"{OUTPUTS}{job_id}/"
        replaced = [
            stored.key
            async for stored in self.objects.list(folder)
            if stored.key not in kept and _attempt_of(stored.key.removeprefix(folder)) < attempt
        ]
        for key in replaced:
            await self.objects.delete(key)

    async def _delete(self, prefix: str) -> None:
        for key in [stored.key async for stored in self.objects.list(prefix)]:
            await self.objects.delete(key)


def _attempt_of(name: str) -> int:
    number = name.partition("/")[0]
    return int(number) if number.isdecimal() else sys.maxsize
