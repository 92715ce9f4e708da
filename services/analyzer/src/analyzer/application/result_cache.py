"""Cache of results by owner, input and configuration: equal input is not analysed twice for one owner.

A job that is requeued finds its own result again, and refers to the outputs that it has. Another job gets copies: the
outputs of each job are deleted with it, and nobody has to know who else refers to them.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import cast
from uuid import UUID

from pydantic import BaseModel, JsonValue

from california_gold_contracts.jobs import Artifact
from chassis.ports.document_store import Collection, Document
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.object_store import ObjectNotFound

CACHED_RESULTS = Collection("analyzer-earlier-results", keys=("job_id", "attempt"), indexes=(("job_id", "attempt"),))
Results = dict[str, JsonValue]


class CachedResult(BaseModel):
    """A result, with the job and the attempt that it was computed for."""

    job_id: UUID
    attempt: int
    results: Results
    artifacts: tuple[Artifact, ...]

    @property
    def origin(self) -> str:
        """`provenance.reused_from` of a reused result."""
        return f"{self.job_id}/{self.attempt}"


@dataclass(frozen=True)
class ResultCache:
    """Results of each owner by the hash of the input and of the configuration."""

    infrastructure: Infrastructure
    configuration: str

    async def find(self, owner_id: int, job_id: UUID, input_sha256: str) -> CachedResult | None:
        """Return the owner's result for this input, the job's own first; None when there is none.

        A result whose artifacts no longer exist counts as none.
        """
        keys = [self._key(owner_id, input_sha256, job_id), self._key(owner_id, input_sha256)]
        stored = await self.infrastructure.documents.get_many(CACHED_RESULTS, keys)
        for key in keys:
            if key in stored and (body := stored[key].body) is not None:
                cached = CachedResult.model_validate_json(body)
                if await self._all_exist(cached.artifacts):
                    return cached
        return None

    async def store(self, owner_id: int, input_sha256: str, result: CachedResult) -> None:
        """Store a result as the job's and as the owner's, replacing older ones."""
        keys = [self._key(owner_id, input_sha256, result.job_id), self._key(owner_id, input_sha256)]
        stored = await self.infrastructure.documents.get_many(CACHED_RESULTS, keys)
        body, index = result.model_dump_json().encode(), {"job_id": str(result.job_id), "attempt": result.attempt}
        documents = [Document(key, stored[key].revision + 1 if key in stored else 0, body, index) for key in keys]
        await self.infrastructure.documents.put_newer(CACHED_RESULTS, documents)

    async def discard(self, job_id: UUID) -> None:
        """Remove the results of a deleted job."""
        documents = await self.infrastructure.documents.find(CACHED_RESULTS, {"job_id": str(job_id)}, order="attempt")
        await self.infrastructure.documents.delete(CACHED_RESULTS, [document.id for document in documents])

    async def copy_artifacts(self, artifacts: Sequence[Artifact], copies: Sequence[Artifact]) -> None:
        """Copy artifacts of another job in the object store: each job's outputs are deleted with it."""
        for artifact, copy in zip(artifacts, copies, strict=True):
            await self.infrastructure.objects.put(copy.object_key, self._bytes(artifact), copy.media_type)

    def _bytes(self, artifact: Artifact) -> AsyncIterator[bytes]:
        return self.infrastructure.objects.open(artifact.object_key)

    async def _all_exist(self, artifacts: Sequence[Artifact]) -> bool:
        try:
            for artifact in artifacts:
                await self.infrastructure.objects.stat(artifact.object_key)
        except ObjectNotFound:
            return False
        return True

    def _key(self, owner_id: int, input_sha256: str, *job_id: UUID) -> str:
        return sha256("/".join(map(str, (owner_id, input_sha256, self.configuration, *job_id))).encode()).hexdigest()


def marked_as_reused(results: Results, origin: str) -> Results:
    """Return the results with their origin in the provenance."""
    provenance = cast("Mapping[str, JsonValue]", results["provenance"])
    return {**results, "provenance": {**provenance, "reused_from": origin}}
