"""One attempt at a job: download the input, analyse it in a child process, store the outputs, publish the outcome."""

import asyncio
import hmac
import os
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast
from uuid import UUID

import structlog

from analyzer import messages
from analyzer.application.analysis_durations import AnalysisDurations, AttemptTimer
from analyzer.application.analysis_publisher import AnalysisPublisher
from analyzer.application.result_cache import CachedResult, ResultCache, Results, marked_as_reused
from analyzer.application.stage_spans import StageSpans, stage_spans
from analyzer.application.work_folder import download, work_folder
from analyzer.configuration import AnalysisConfiguration
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.isolation.artifacts import AnalysisOutcome
from analyzer.isolation.artifacts import Artifact as OutputFile
from analyzer.isolation.limits import ChildLimits
from analyzer.isolation.protocol import AnalysisRequest
from analyzer.isolation.run import run_isolated
from analyzer.isolation.template_process import TemplateProcess
from california_gold_contracts import analysis
from california_gold_contracts.catalog import encode
from california_gold_contracts.event import LARGEST_EVENT_BYTES
from california_gold_contracts.jobs import Artifact, JobInput
from chassis.messaging.delivery import HandleLater
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.object_store import ObjectNotFound

_FETCHED_PERCENT = 5
_MAX_RETRIES = 2
_KEY_SUBJECT = "analyzer:series-names"
_CHUNK_BYTES = 1 << 20
_log = structlog.get_logger()


@dataclass(frozen=True)
class AnalyzerDependencies:
    """Dependencies of an attempt. `version` is the name and version of the program in events."""

    infrastructure: Infrastructure
    result_cache: ResultCache
    configuration: AnalysisConfiguration
    limits: ChildLimits
    template: TemplateProcess
    work_dir: Path
    version: str
    retry_delay_seconds: float = 2.0
    durations: AnalysisDurations = field(default_factory=AnalysisDurations)


@dataclass(frozen=True)
class Attempt:
    """An active attempt and its input file. `last_try`: a timeout is final."""

    dependencies: AnalyzerDependencies
    publisher: AnalysisPublisher
    job_id: UUID
    owner_id: int
    number: int
    input: JobInput
    last_try: bool = True
    timer: AttemptTimer = field(default_factory=AttemptTimer)

    async def run(self) -> None:
        """Analyse and publish the outcome.

        Raises `HandleLater` after a timeout that is not final; otherwise only errors of the infrastructure, such as an
        unavailable store.
        """
        started = analysis.AnalysisStarted(job_id=self.job_id, attempt=self.number, analyzer=self.dependencies.version)
        await self.publisher.publish(started)
        try:
            result = await self._cached_result() or await self._analysed()
        except AnalysisFailed as failure:
            self.dependencies.durations.observe(self.timer, failure.code)
            if failure.code is FailureCode.TIMEOUT and not self.last_try:
                raise HandleLater from failure
            await self._publish_failure(failure)
            return
        await self.dependencies.result_cache.store(self.owner_id, self.input.sha256, result)
        await self.publisher.publish(self._completed(result))
        self.timer.report("store")
        self.dependencies.durations.observe(self.timer, "completed")

    def _completed(self, result: CachedResult) -> analysis.AnalysisCompleted:
        return analysis.AnalysisCompleted(
            job_id=self.job_id, attempt=self.number, results=result.results, artifacts=result.artifacts
        )

    def _check_size(self, result: CachedResult) -> None:
        """Raise `AnalysisFailed` TOO_LARGE for a result that does not fit into its event. Then nothing is stored."""
        if len(encode(self._completed(result))) > LARGEST_EVENT_BYTES:
            raise AnalysisFailed(FailureCode.TOO_LARGE, messages.TOO_MANY_FINDINGS)

    async def _cached_result(self) -> CachedResult | None:
        cached = await self.dependencies.result_cache.find(self.owner_id, self.job_id, self.input.sha256)
        if cached is None:
            return None
        results = marked_as_reused(cached.results, cached.origin)
        if cached.job_id == self.job_id:
            return self._result(results, cached.artifacts)  # they live as long as the job refers to them
        artifacts = tuple(self._moved(artifact) for artifact in cached.artifacts)
        self._check_size(self._result(results, artifacts))
        await self.dependencies.result_cache.copy_artifacts(cached.artifacts, artifacts)
        return self._result(results, artifacts)

    async def _analysed(self) -> CachedResult:
        for retry in range(_MAX_RETRIES):
            try:
                return await self._analysed_in_child()
            except AnalysisFailed as failure:
                if not failure.code.may_pass_at_once:
                    raise
                _log.warning("analysis_tried_again", job_id=str(self.job_id), code=failure.code)
                await asyncio.sleep(self.dependencies.retry_delay_seconds * 2**retry)
        return await self._analysed_in_child()

    async def _analysed_in_child(self) -> CachedResult:
        tracing, context = self.dependencies.infrastructure.tracing, self.publisher.cause.traceparent
        with stage_spans(tracing, context) as stages:
            return await self._analysed_in_stages(stages)

    async def _analysed_in_stages(self, stages: StageSpans) -> CachedResult:
        async with work_folder(self.dependencies.work_dir) as folder:
            stages.enter("fetch")
            upload = await self._downloaded(folder)
            await self._publish_progress("fetch", _FETCHED_PERCENT)
            request = AnalysisRequest(
                files=(upload,),
                work_folder=folder,
                configuration=self.dependencies.configuration,
                key=await self._key(),
            )
            stages.enter("verify")
            outcome = await run_isolated(
                request,
                self.dependencies.limits,
                self._publish_progress,
                self.dependencies.template,
                stages.reached,
            )
            stages.enter("store")
            return await self._stored(outcome)

    async def _key(self) -> bytes:
        """Return the secret of the keyed hashes of UIDs: they cannot be linked to a UID, or across owners."""
        secret = await self.dependencies.infrastructure.keys.key_for(_KEY_SUBJECT)
        return hmac.digest(secret, str(self.owner_id).encode(), "sha256")

    async def _downloaded(self, folder: Path) -> Path:
        try:
            return await download(self.dependencies.infrastructure.objects.open(self.input.object_key), folder)
        except ObjectNotFound:
            raise AnalysisFailed(FailureCode.INTERNAL, messages.INTERNAL) from None

    async def _stored(self, outcome: AnalysisOutcome) -> CachedResult:
        with ExitStack() as opened:
            files = [(file, opened.enter_context(await asyncio.to_thread(file.open))) for file in outcome.artifacts]
            result = self._result(_as_json(outcome), tuple(self._artifact(*file) for file in files))
            self._check_size(result)
            for artifact, (_, content) in zip(result.artifacts, files, strict=True):
                await self._put(artifact, _chunks(content))
        return result

    def _artifact(self, file: OutputFile, content: BinaryIO) -> Artifact:
        size, key = os.fstat(content.fileno()).st_size, f"{self._folder}/{file.name}"
        return Artifact(name=file.name, media_type=file.media_type, size=size, object_key=key)

    async def _put(self, artifact: Artifact, chunks: AsyncIterator[bytes]) -> None:
        await self.dependencies.infrastructure.objects.put(artifact.object_key, chunks, artifact.media_type)

    async def _publish_progress(self, stage: str, progress: int) -> None:
        self.timer.report(stage)
        event = analysis.AnalysisProgressed(job_id=self.job_id, attempt=self.number, progress=progress, stage=stage)
        await self.publisher.publish(event, discriminator=progress)

    async def _publish_failure(self, failure: AnalysisFailed) -> None:
        event = analysis.AnalysisFailed(
            job_id=self.job_id,
            attempt=self.number,
            reason=failure.code,
            message=failure.message.ru,
            retryable=failure.code.may_pass_later,
        )
        await self.publisher.publish(event)

    def _moved(self, artifact: Artifact) -> Artifact:
        return artifact.model_copy(update={"object_key": f"{self._folder}/{artifact.name}"})

    def _result(self, results: Results, artifacts: tuple[Artifact, ...]) -> CachedResult:
        return CachedResult(job_id=self.job_id, attempt=self.number, results=results, artifacts=artifacts)

    @property
    def _folder(self) -> str:
        return f"results/{self.job_id}/{self.number}"


def _as_json(outcome: AnalysisOutcome) -> Results:
    return cast("Results", outcome.result.model_dump(mode="json"))


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
        yield chunk
