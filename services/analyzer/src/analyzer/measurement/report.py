"""Puts together what an analysis says.

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
    Row,
    SeriesReport,
    SkippedSeries,
    Summary,
    Warned,
)
from analyzer.domain.study import Notice, Series, Study
from analyzer.measurement.regions import any_overlap
from analyzer.measurement.tags import harmless_tags
from analyzer.measurement.wording import UNITS, notice_for

LESIONS_OVERLAP = Notice(
    "LESIONS_OVERLAP", "Области очагов пересекаются: в общем объёме их общая часть учтена более одного раза"
)


@dataclass(frozen=True)
class Run:
    """What is known about the run itself; `input_sha256` (hex) of the uploaded bytes, `libraries` name to version."""

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
    warnings: Sequence[Notice] = (),
) -> Result:
    """Assemble the result.

    Args:
        study: what was read; its warnings come first.
        segmentation: what `findings` were measured on.
        findings: of `measure_findings`.
        metrics: of `compare`, empty without a reference.
        run: version, input, time and libraries.
        warnings: noticed after reading, such as about references.
    """
    lesions = [each for each in findings if each.type == LESION]
    return Result(
        summary=summarize(findings),
        findings=findings,
        metrics=[*metrics, *_run_facts(study.series, run)],
        rows=[_row(study.series, lesions, run)],
        units=UNITS,
        warnings=[
            Warned(code=each.code, message=each.message)
            for each in (*study.warnings, *warnings, *_doubts(segmentation))
        ],
        series=_series_report(study),
        files=FilesReport(used=study.used, ignored=dict(sorted(study.ignored.items()))),
        provenance=_provenance(study, segmentation, run),
        notice=notice_for(segmentation.strategy),
    )


def _doubts(segmentation: Segmentation) -> list[Notice]:
    lesions = [each for each in segmentation.candidates if each.kind == LESION]
    return [LESIONS_OVERLAP] if any_overlap(lesions) else []


def summarize(findings: Sequence[Finding]) -> Summary:
    """Take the lesions together; the confidence is weighted by volume over those that have one."""
    lesions = [each for each in findings if each.type == LESION]
    return Summary(
        total_volume=sum(each.volume for each in lesions),
        lesions_count=len(lesions),
        confidence=_mean_confidence(lesions),
    )


def _mean_confidence(lesions: Sequence[Finding]) -> float | None:
    known = [(each.volume, each.confidence) for each in lesions if each.confidence is not None]
    if not known:
        return None
    return sum(volume * confidence for volume, confidence in known) / sum(volume for volume, _ in known)


def _row(series: Series, lesions: Sequence[Finding], run: Run) -> Row:
    confidences = [each.confidence for each in lesions if each.confidence is not None]
    return Row(
        study_uid=series.study_key,
        series_uid=series.series_key,
        pathology=bool(lesions),
        probability_of_anomaly=max(confidences, default=None),
        most_dangerous_pathology_type=LESION if lesions else None,
        time_of_processing=f"{run.seconds:.1f}",
    )


def _run_facts(series: Series, run: Run) -> list[Metric]:
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
            "tags_used": harmless_tags(study.series.headers),
        }
    )
