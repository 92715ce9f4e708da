"""Results do not depend on how many analyses run at once."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analyzer.service import build
from analyzer.settings import AnalyzerSettings
from california_gold_contracts import analysis, catalog
from california_gold_contracts.topics import ANALYSIS, JOBS
from chassis.composition.embedded import embedded
from chassis.messaging.relay import Relay
from chassis.ports.infrastructure import Infrastructure
from testkit.eventually import eventually
from testkit.images.dicom_files import write_series
from testkit.images.nifti_files import write_nifti
from testkit.images.phantom import small_chest
from testkit.requested_attempts import submit
from testkit.running import running

OWNER = 7
SLICES = 4
Outcome = Mapping[str, object]


@pytest.fixture(scope="module")
def uploads(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Few slices of a chest, each time with another supplied lesion, and something that is no archive."""
    folder = tmp_path_factory.mktemp("uploads")
    chest = small_chest().volume
    thin = replace(chest, voxels=chest.voxels[:SLICES], origins=chest.origins[:SLICES])
    made: list[bytes] = []
    for size in (4, 6, 8):
        lesion = np.zeros(thin.voxels.shape, np.uint8)
        lesion[1:3, 80 : 80 + size, 40 : 40 + size] = 1
        mask = write_nifti(thin, folder / "mask.nii.gz", voxels=lesion).read_bytes()
        made.append(write_series(thin, folder / "series.zip", extra={"reference.nii.gz": mask}).read_bytes())
    return [made[0], b"no archive", *made[1:]]


async def outcomes(infrastructure: Infrastructure, settings: AnalyzerSettings, uploads: list[bytes]) -> list[Outcome]:
    """Analyse each upload as a job of its own; return what came of each."""
    jobs = [await submit(infrastructure, OWNER, upload) for upload in uploads]

    async def all_ended() -> dict[object, Outcome]:
        found = {event.job_id: await _outcome(infrastructure, event) for event in await _last_events(infrastructure)}
        return found if found.keys() >= set(jobs) else {}

    service = build(infrastructure, settings)
    async with running(Relay(infrastructure, JOBS, ["job"]).run(), *(worker.run() for worker in service.workers)):
        found = await eventually(all_ended, within=240, pause=0.2)
    return [found[job] for job in jobs]


async def _last_events(infrastructure: Infrastructure) -> list[Any]:
    found: list[Any] = []
    async for batch in infrastructure.bus.follow([ANALYSIS.name], from_start=True):
        if not batch:
            break
        envelopes = [message.envelope() for message in batch]
        found += [catalog.ANALYSIS.decode(envelope.type, envelope.data) for envelope in envelopes]
    return [event for event in found if isinstance(event, (analysis.AnalysisCompleted, analysis.AnalysisFailed))]


async def _outcome(infrastructure: Infrastructure, event: Any) -> Outcome:
    if isinstance(event, analysis.AnalysisFailed):
        return {"reason": event.reason, "message": event.message}
    results: Any = dict(event.results)
    results["metrics"] = [metric for metric in results["metrics"] if metric["name"] != "processing_seconds"]
    results["rows"] = [
        {name: value for name, value in row.items() if name != "time_of_processing"} for row in results["rows"]
    ]
    hashes: dict[str, str] = {}
    for artifact in event.artifacts:
        content = b"".join([chunk async for chunk in infrastructure.objects.open(artifact.object_key)])
        if not artifact.name.endswith(".dcm"):  # they say when they were made
            hashes[artifact.name] = hashlib.sha256(content).hexdigest()
    return {"results": results, "artifacts": hashes}


def much_memory(_root: Path) -> int:
    return 64 << 30


async def test_results_are_the_same_with_one_and_with_two_at_once(
    uploads: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing_cached(*_: object) -> None:
        return None

    monkeypatch.setattr("analyzer.application.result_cache.ResultCache.find", nothing_cached)
    monkeypatch.setattr("analyzer.isolation.capacity.memory", much_memory)
    settings = partial(AnalyzerSettings, data_dir=tmp_path / "data")
    async with embedded(tmp_path / "data") as infrastructure:
        in_turn = await outcomes(infrastructure, settings(analyzer_parallel=1), uploads)
        at_once = await outcomes(infrastructure, settings(analyzer_parallel=2), uploads)
    assert [outcome.get("reason") for outcome in in_turn] == [None, "NO_IMAGE", None, None]
    assert at_once == in_turn
