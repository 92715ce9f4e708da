import asyncio
import gzip
import io
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from structlog.testing import capture_logs

from analyzer.configuration import AnalysisConfiguration
from analyzer.domain.failures import AnalysisFailed
from analyzer.isolation.artifacts import AnalysisOutcome, Artifact
from analyzer.isolation.limits import ChildLimits
from analyzer.isolation.protocol import AnalysisRequest
from analyzer.isolation.run import run_isolated
from analyzer.isolation.template_process import TemplateProcess
from testkit.images.dicom_datasets import SeriesIdentity
from testkit.images.dicom_files import write_series
from testkit.images.phantom import Phantom

CANARY = "CANARY7391"
IDENTITY = SeriesIdentity(seed=CANARY)
SECRETS = (CANARY, IDENTITY.study_uid, IDENTITY.series_uid, IDENTITY.frame_of_reference, IDENTITY.instance_uid(0))


def analyse(upload: Path, work: Path, recorded: list[str]) -> AnalysisOutcome:
    """Analyse as the service does, and record its progress and logs."""
    work.mkdir()
    request = AnalysisRequest(files=(upload,), work_folder=work, configuration=AnalysisConfiguration(), key=b"key")

    async def record(stage: str, percent: int) -> None:
        recorded.append(f"{stage} {percent}")

    async def run() -> AnalysisOutcome:
        async with TemplateProcess() as template:
            return await run_isolated(request, ChildLimits(), record, template)

    with capture_logs() as logs:
        try:
            return asyncio.run(run())
        finally:
            recorded.append(str(logs))


def test_only_the_dicom_output_identifies_the_patient(
    phantom: Phantom, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    upload = write_series(phantom.volume, tmp_path / f"{CANARY}.zip", IDENTITY, canary=CANARY)
    recorded: list[str] = []
    outcome = analyse(upload, tmp_path / "work", recorded)
    files = {artifact.name: _content(artifact) for artifact in outcome.artifacts}
    dicom = [files.pop(name) for name in ("segmentation.dcm", "report.dcm")]
    texts = [outcome.result.model_dump_json(), *recorded, *capfd.readouterr(), *files]
    for secret in SECRETS:
        assert not any(secret in text for text in texts), secret
        for name, content in files.items():
            assert secret.encode() not in content + (gzip.decompress(content) if name.endswith(".gz") else b""), name
    for content in dicom:
        written = pydicom.dcmread(io.BytesIO(content))
        assert (written.PatientName, written.PatientID) == (CANARY, CANARY)
        assert written.StudyInstanceUID == IDENTITY.study_uid
    assert list(files) == ["image.nii.gz", "mask.nii.gz", "preview.nii.gz", "finding-1.png", "finding-2.png"]


def _content(artifact: Artifact) -> bytes:
    with artifact.open() as file:
        return file.read()


def test_a_failure_does_not_identify_the_patient(phantom: Phantom, tmp_path: Path) -> None:
    thin = replace(phantom.volume, voxels=phantom.volume.voxels[:3], origins=phantom.volume.origins[:3])
    recorded: list[str] = []
    upload = write_series(thin, tmp_path / "upload.zip", IDENTITY, canary=CANARY)
    with pytest.raises(AnalysisFailed) as caught:
        analyse(upload, tmp_path / "work", recorded)
    texts = [str(caught.value.message), str(caught.value), *recorded]
    assert not any(secret in text for secret in SECRETS for text in texts)
