"""One attempt at one job: fetch, analyse in a child process, keep the outputs, tell."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from uuid import UUID

import structlog

from analyzer.application.earlier_results import EarlierResult, EarlierResults, Results, marked_as_reused
from analyzer.application.facts import Facts
from analyzer.application.work_folder import fetch, work_folder
from analyzer.configuration import AnalysisConfiguration
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.isolation.artifacts import AnalysisOutcome
from analyzer.isolation.artifacts import Artifact as OutputFile
from analyzer.isolation.limits import ChildLimits
from analyzer.isolation.messages import INTERNAL_MESSAGE, AnalysisRequest
from analyzer.isolation.run import run_isolated
from california_gold_contracts import analysis
from california_gold_contracts.catalog import encode
from california_gold_contracts.event import LARGEST_EVENT_BYTES
from california_gold_contracts.jobs import Artifact, JobInput
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.object_store import ObjectNotFound

_FETCHED = 5
_MORE_TRIES = 2
_KEY_SUBJECT = "analyzer:series-names"
_PIECE = 1 << 20
_log = structlog.get_logger()


@dataclass(frozen=True)
class Analyst:
    """Does attempts. `version` names the program in the facts."""

    infrastructure: Infrastructure
    earlier: EarlierResults
    configuration: AnalysisConfiguration
    limits: ChildLimits
    work_dir: Path
    version: str
    pause_seconds: float = 2.0


@dataclass(frozen=True)
class Attempt:
    """An attempt that is wanted, and the file that it is about."""

    analyst: Analyst
    facts: Facts
    job_id: UUID
    owner_id: int
    number: int
    input: JobInput

    async def run(self) -> None:
        """Analyse and tell how it ended. Raises only what is no fault of the input (a store that is away, say)."""
        started = analysis.AnalysisStarted(job_id=self.job_id, attempt=self.number, analyzer=self.analyst.version)
        await self.facts.tell(started)
        try:
            found = await self._found_again() or await self._analysed()
            completed = self._completed(found)
        except AnalysisFailed as failure:
            await self._tell_failure(failure)
            return
        await self.analyst.earlier.remember(self.owner_id, self.input.sha256, found)
        await self.facts.tell(completed)

    def _completed(self, found: EarlierResult) -> analysis.AnalysisCompleted:
        completed = analysis.AnalysisCompleted(
            job_id=self.job_id, attempt=self.number, results=found.results, artifacts=found.artifacts
        )
        if len(encode(completed)) > LARGEST_EVENT_BYTES:
            raise AnalysisFailed(FailureCode.TOO_LARGE, "Находок так много, что результат не помещается в событие.")
        return completed

    async def _found_again(self) -> EarlierResult | None:
        earlier = await self.analyst.earlier.find(self.owner_id, self.input.sha256)
        if earlier is None:
            return None
        artifacts = await self.analyst.earlier.copy_artifacts(earlier.artifacts, self._folder)
        return self._result(marked_as_reused(earlier.results, earlier.origin), artifacts)

    async def _analysed(self) -> EarlierResult:
        for tried in range(_MORE_TRIES):
            try:
                return await self._analysed_once()
            except AnalysisFailed as failure:
                if not failure.code.may_pass_later:
                    raise
                _log.warning("analysis_tried_again", job_id=str(self.job_id), code=failure.code)
                await asyncio.sleep(self.analyst.pause_seconds * 2**tried)
        return await self._analysed_once()

    async def _analysed_once(self) -> EarlierResult:
        async with work_folder(self.analyst.work_dir) as folder:
            upload = await self._fetched(folder)
            await self._tell_progress("fetch", _FETCHED)
            request = AnalysisRequest(
                files=(upload,), work_folder=folder, configuration=self.analyst.configuration, key=await self._key()
            )
            outcome = await run_isolated(request, self.analyst.limits, self._tell_progress)
            artifacts = await self._kept(outcome.artifacts)
        return self._result(_as_json(outcome), artifacts)

    async def _key(self) -> bytes:
        """Return what study and series are named by: nobody can link them to a UID, or across owners."""
        secret = await self.analyst.infrastructure.keys.key_for(_KEY_SUBJECT)
        return hmac.digest(secret, str(self.owner_id).encode(), "sha256")

    async def _fetched(self, folder: Path) -> Path:
        try:
            return await fetch(self.analyst.infrastructure.objects.open(self.input.object_key), folder)
        except ObjectNotFound:
            raise AnalysisFailed(FailureCode.INTERNAL, INTERNAL_MESSAGE) from None

    async def _kept(self, files: Sequence[OutputFile]) -> tuple[Artifact, ...]:
        return tuple([await self._keep(file) for file in files])

    async def _keep(self, file: OutputFile) -> Artifact:
        key = f"{self._folder}/{file.name}"
        await self.analyst.infrastructure.objects.put(key, _pieces(file.path), file.media_type)
        return Artifact(name=file.name, media_type=file.media_type, size=file.size, object_key=key)

    async def _tell_progress(self, stage: str, progress: int) -> None:
        fact = analysis.AnalysisProgressed(job_id=self.job_id, attempt=self.number, progress=progress, stage=stage)
        await self.facts.tell(fact, part=progress)

    async def _tell_failure(self, failure: AnalysisFailed) -> None:
        fact = analysis.AnalysisFailed(
            job_id=self.job_id,
            attempt=self.number,
            reason=failure.code,
            message=failure.message,
            retryable=failure.code.may_pass_later,
        )
        await self.facts.tell(fact)

    def _result(self, results: Results, artifacts: tuple[Artifact, ...]) -> EarlierResult:
        return EarlierResult(job_id=self.job_id, attempt=self.number, results=results, artifacts=artifacts)

    @property
    def _folder(self) -> str:
        return f"results/{self.job_id}/{self.number}"


def _as_json(outcome: AnalysisOutcome) -> Results:
    return cast("Results", outcome.result.model_dump(mode="json"))


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece
