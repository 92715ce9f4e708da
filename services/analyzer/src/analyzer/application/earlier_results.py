"""Results by content: the same bytes, analysed the same way for the same owner, need no second analysis."""

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

EARLIER_RESULTS = Collection("analyzer-earlier-results", keys=("job_id", "attempt"), indexes=(("job_id", "attempt"),))
Results = dict[str, JsonValue]


class EarlierResult(BaseModel):
    """A result, and the job and attempt that it was first found for."""

    job_id: UUID
    attempt: int
    results: Results
    artifacts: tuple[Artifact, ...]

    @property
    def origin(self) -> str:
        """How a reused result names where it comes from."""
        return f"{self.job_id}/{self.attempt}"


@dataclass(frozen=True)
class EarlierResults:
    """The results of each owner, by the hash of the input and of the configuration."""

    infrastructure: Infrastructure
    configuration: str

    async def find(self, owner_id: int, input_sha256: str) -> EarlierResult | None:
        """Return a result of the owner's for this input, if there is one and its outputs still exist."""
        stored = await self.infrastructure.documents.get(EARLIER_RESULTS, self._key(owner_id, input_sha256))
        if stored is None or stored.body is None:
            return None
        found = EarlierResult.model_validate_json(stored.body)
        return found if await self._complete(found.artifacts) else None

    async def remember(self, owner_id: int, input_sha256: str, result: EarlierResult) -> None:
        """Keep a result to be found again; a newer one takes its place."""
        key = self._key(owner_id, input_sha256)
        stored = await self.infrastructure.documents.get(EARLIER_RESULTS, key)
        revision = stored.revision + 1 if stored else 0
        document = Document(
            key, revision, result.model_dump_json().encode(), {"job_id": str(result.job_id), "attempt": result.attempt}
        )
        await self.infrastructure.documents.put_newer(EARLIER_RESULTS, [document])

    async def forget(self, job_id: UUID) -> None:
        """Drop what was found for a job that is deleted."""
        found = await self.infrastructure.documents.find(EARLIER_RESULTS, {"job_id": str(job_id)}, order="attempt")
        await self.infrastructure.documents.delete(EARLIER_RESULTS, [document.id for document in found])

    async def copy_artifacts(self, artifacts: Sequence[Artifact], folder: str) -> tuple[Artifact, ...]:
        """Copy outputs to another job's place in the object store."""
        return tuple([await self._copy(artifact, f"{folder}/{artifact.name}") for artifact in artifacts])

    async def _copy(self, artifact: Artifact, key: str) -> Artifact:
        await self.infrastructure.objects.put(key, self._bytes(artifact), artifact.media_type)
        return artifact.model_copy(update={"object_key": key})

    def _bytes(self, artifact: Artifact) -> AsyncIterator[bytes]:
        return self.infrastructure.objects.open(artifact.object_key)

    async def _complete(self, artifacts: Sequence[Artifact]) -> bool:
        try:
            for artifact in artifacts:
                await self.infrastructure.objects.stat(artifact.object_key)
        except ObjectNotFound:
            return False
        return True

    def _key(self, owner_id: int, input_sha256: str) -> str:
        return sha256(f"{owner_id}/{input_sha256}/{self.configuration}".encode()).hexdigest()


def marked_as_reused(results: Results, origin: str) -> Results:
    """Return the results with a note in their provenance of where they come from."""
    provenance = cast("Mapping[str, JsonValue]", results["provenance"])
    return {**results, "provenance": {**provenance, "reused_from": origin}}
