"""The analysis pipeline: read, choose a strategy, segment, measure, compare with references, write the outputs."""

import hashlib
import time
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from analyzer.configuration import AnalysisConfiguration
from analyzer.detection.segmenter import Segmentation
from analyzer.domain.result import Metric, Result
from analyzer.domain.volume import Volume
from analyzer.measurement.comparison import compare
from analyzer.measurement.findings import in_reporting_order, measure_findings
from analyzer.measurement.library_versions import library_versions
from analyzer.measurement.own_grid import candidates_in_own_grid, findings_in_own_grid
from analyzer.measurement.report import Run, build_result
from analyzer.outputs.dicom_seg import SegmentationMetadata
from analyzer.outputs.write import write_outputs, writing_image
from analyzer.reading.study_reader import open_upload
from analyzer.references.segment import Segment
from analyzer.stages import Report, Stages
from analyzer.strategies import first_applicable

RESULT = "result.json"


def analyze(
    files: Sequence[Path],
    folder: Path,
    configuration: AnalysisConfiguration,
    report: Report,
    key: bytes | None,
    created_at: datetime,
) -> Result:
    """Analyse the files, write `result.json` and the other outputs to the folder, return the result.

    Args:
        files: one upload, under any names.
        folder: exists and is empty.
        configuration: strategies and limits.
        report: receives each stage and the rising percentage.
        key: secret of the keyed hashes that replace UIDs; None: the hash of the input.
        created_at: content date and time of the DICOM SEG.

    Raises:
        AnalysisFailed: with a code and a message, for every failure that the input can cause.
    """
    started, stages = time.perf_counter(), Stages(report)
    input_sha256 = _hash(files, stages)
    upload = open_upload(files, configuration.reading, stages, key or bytes.fromhex(input_sha256))
    chosen = first_applicable(upload, configuration)
    study, volume = chosen.study, chosen.view.volume
    with writing_image(folder, study.series):
        segmentation = in_reporting_order(
            volume, chosen.strategy.segment(volume, lambda share: stages("detect", share))
        )
        metrics = _compare(volume, segmentation, chosen.segments)
        candidates = candidates_in_own_grid(segmentation.candidates, chosen.view)
        findings = findings_in_own_grid(measure_findings(volume, segmentation), candidates, chosen.view)
    stages("measure", 1)
    metadata = SegmentationMetadata(
        algorithm=segmentation.strategy,
        machine_learning=segmentation.model is not None,
        identity=f"{input_sha256} {configuration.digest()}",
        created_at=created_at,
    )
    warnings = write_outputs(folder, study.series, candidates, findings, metadata, lambda share: stages("write", share))
    run = Run(version("california-gold-analyzer"), input_sha256, time.perf_counter() - started, library_versions())
    result = build_result(study, segmentation, findings, metrics, run, [*chosen.warnings, *warnings])
    (folder / RESULT).write_text(result.model_dump_json(), encoding="utf-8")
    stages("done", 1)
    return result


def _hash(files: Sequence[Path], stages: Stages) -> str:
    """Return the SHA-256 of the upload; for several files, of their sorted SHA-256s, independent of the order."""
    digests: list[str] = []
    for count, path in enumerate(files, 1):
        with path.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
        stages("verify", count / len(files))
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(sorted(digests)).encode()).hexdigest()


def _compare(volume: Volume, segmentation: Segmentation, segments: Sequence[Segment]) -> list[Metric]:
    """Compare detected findings with the lesions of the references; empty for supplied findings."""
    if segmentation.strategy == "measure_only":
        return []
    return compare(volume, segmentation.candidates, [segment for segment in segments if segment.is_lesion])
