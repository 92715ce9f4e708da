"""Assembly of the result of an analysis.

Two runs on equal input differ only in the metric `processing_seconds` and the row's `time_of_processing`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analyzer.detection.segmenter import Segmentation
from analyzer.domain.result import (
    LESION,
    AnalysedSeries,
    FilesReport,
    Finding,
    Metric,
    Provenance,
    Result,
    ResultWarning,
    Row,
    SeriesReport,
    SkippedSeries,
    Summary,
)
from analyzer.domain.study import AnalysisWarning, Series, Study
from analyzer.measurement.deidentified_tags import deidentified_tags
from analyzer.measurement.notice import notice_for
from analyzer.measurement.regions import any_overlap
from analyzer.measurement.units import UNITS

LESIONS_OVERLAP = AnalysisWarning.of("LESIONS_OVERLAP")


@dataclass(frozen=True)
class Run:
    """Facts about the run: version, `input_sha256` (hex) of the uploaded bytes, duration, library -> version."""

    analyzer_version: str
    input_sha256: str
    seconds: float
    libraries: Mapping[str, str]


def build_result(
    study: Study,
    segmentation: Segmentation,
    findings: Sequence[Finding],
    metrics: Sequence[Metric],
    run: Run,
    warnings: Sequence[AnalysisWarning] = (),
) -> Result:
    """Assemble the result.

    Args:
        study: the study; its warnings come first.
        segmentation: source of `findings`.
        findings: from `measure_findings`.
        metrics: from `compare`, empty without a reference.
        run: facts about the run.
        warnings: warnings of later steps, such as about references.
    """
    lesions = [finding for finding in findings if finding.type == LESION]
    return Result(
        summary=summarize(findings),
        findings=findings,
        metrics=[*metrics, *_run_metrics(study.series, run)],
        rows=[_row(study.series, lesions, run)],
        units=UNITS,
        warnings=[
            ResultWarning(code=warning.code, message=warning.message.ru)
            for warning in (*study.warnings, *warnings, *_overlap_warnings(segmentation))
        ],
        series=_series_report(study),
        files=FilesReport(used=study.used, ignored=dict(sorted(study.ignored.items()))),
        provenance=_provenance(study, segmentation, run),
        notice=notice_for(segmentation.strategy),
    )


def _overlap_warnings(segmentation: Segmentation) -> list[AnalysisWarning]:
    lesions = [candidate for candidate in segmentation.candidates if candidate.type == LESION]
    return [LESIONS_OVERLAP] if any_overlap(lesions) else []


def summarize(findings: Sequence[Finding]) -> Summary:
    """Sum up the lesions; the confidence is the volume-weighted mean over lesions that have one."""
    lesions = [finding for finding in findings if finding.type == LESION]
    return Summary(
        total_volume=sum(lesion.volume for lesion in lesions),
        lesions_count=len(lesions),
        confidence=_mean_confidence(lesions),
    )


def _mean_confidence(lesions: Sequence[Finding]) -> float | None:
    weighted = [(lesion.volume, lesion.confidence) for lesion in lesions if lesion.confidence is not None]
    if not weighted:
        return None
    return sum(volume * confidence for volume, confidence in weighted) / sum(volume for volume, _ in weighted)


def _row(series: Series, lesions: Sequence[Finding], run: Run) -> Row:
    confidences = [lesion.confidence for lesion in lesions if lesion.confidence is not None]
    return Row(
        study_uid=series.study_key,
        series_uid=series.series_key,
        pathology=bool(lesions),
        probability_of_anomaly=max(confidences, default=None),
        most_dangerous_pathology_type=LESION if lesions else None,
        time_of_processing=f"{run.seconds:.1f}",
    )


def _run_metrics(series: Series, run: Run) -> list[Metric]:
    return [
        Metric(name="processing_seconds", value=round(run.seconds, 3), unit="s"),
        Metric(name="voxels", value=series.volume.voxels.size),
    ]


def _series_report(study: Study) -> SeriesReport:
    volume = study.series.volume
    slices, rows, columns = volume.voxels.shape
    analysed = AnalysedSeries(
        series_uid=study.series.series_key,
        modality=volume.modality,
        columns=columns,
        rows=rows,
        slices=slices,
        spacing_mm=volume.spacing,
    )
    skipped = [SkippedSeries(series_uid=key, reason=reason) for key, reason in study.not_analysed]
    return SeriesReport(analysed=analysed, not_analysed=skipped)


def _provenance(study: Study, segmentation: Segmentation, run: Run) -> Provenance:
    model = segmentation.model
    return Provenance.model_validate(
        {
            "analyzer_version": run.analyzer_version,
            "strategy": segmentation.strategy,
            "parameters": dict(segmentation.parameters),
            "model": None if model is None else dict(model),
            "input_sha256": run.input_sha256,
            "libraries": dict(run.libraries),
            "tags_used": deidentified_tags(study.series.headers),
        }
    )
