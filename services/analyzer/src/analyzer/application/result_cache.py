"""Cache of results, keyed by owner, input and configuration: equal input is not analysed twice for one owner."""

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

    async def find(self, owner_id: int, input_sha256: str) -> CachedResult | None:
        """Return the owner's result for this input; None when there is none or its artifacts no longer exist."""
        stored = await self.infrastructure.documents.get(CACHED_RESULTS, self._key(owner_id, input_sha256))
        if stored is None or stored.body is None:
            return None
        cached = CachedResult.model_validate_json(stored.body)
        return cached if await self._all_exist(cached.artifacts) else None

    async def store(self, owner_id: int, input_sha256: str, result: CachedResult) -> None:
        """Store a result, replacing an older one."""
        key = self._key(owner_id, input_sha256)
        stored = await self.infrastructure.documents.get(CACHED_RESULTS, key)
        revision = stored.revision + 1 if stored else 0
        document = Document(
            key, revision, result.model_dump_json().encode(), {"job_id": str(result.job_id), "attempt": result.attempt}
        )
        await self.infrastructure.documents.put_newer(CACHED_RESULTS, [document])

    async def discard(self, job_id: UUID) -> None:
        """Remove the results of a deleted job."""
        documents = await self.infrastructure.documents.find(CACHED_RESULTS, {"job_id": str(job_id)}, order="attempt")
        await self.infrastructure.documents.delete(CACHED_RESULTS, [document.id for document in documents])

    async def copy_artifacts(self, artifacts: Sequence[Artifact], folder: str) -> tuple[Artifact, ...]:
        """Copy artifacts to the folder of another attempt in the object store."""
        return tuple([await self._copy(artifact, f"{folder}/{artifact.name}") for artifact in artifacts])

    async def _copy(self, artifact: Artifact, key: str) -> Artifact:
        await self.infrastructure.objects.put(key, self._bytes(artifact), artifact.media_type)
        return artifact.model_copy(update={"object_key": key})

    def _bytes(self, artifact: Artifact) -> AsyncIterator[bytes]:
        return self.infrastructure.objects.open(artifact.object_key)

    async def _all_exist(self, artifacts: Sequence[Artifact]) -> bool:
        try:
            for artifact in artifacts:
                await self.infrastructure.objects.stat(artifact.object_key)
        except ObjectNotFound:
            return False
        return True

    def _key(self, owner_id: int, input_sha256: str) -> str:
        return sha256(f"{owner_id}/{input_sha256}/{self.configuration}".encode()).hexdigest()


def marked_as_reused(results: Results, origin: str) -> Results:
    """Return the results with their origin in the provenance."""
    provenance = cast("Mapping[str, JsonValue]", results["provenance"])
    return {**results, "provenance": {**provenance, "reused_from": origin}}
