"""Which strategy looks at an image: the first that can."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from analyzer.configuration import AnalysisConfiguration
from analyzer.detection.lung_blob.segmenter import LungBlob
from analyzer.detection.measure_only import MeasureOnly
from analyzer.detection.segmenter import Segmenter
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.study import Series
from analyzer.domain.volume import Volume
from analyzer.references.segment import Segment

FEWEST_SLICES = 8
TOO_FEW_SLICES = "Для поиска находок в серии должно быть не менее 8 срезов"
SINGLE_SLICE = "В серии один срез: объём измерить нельзя"
NO_RUNTIME = "Для собственной модели нужно установить onnxruntime и onnx: california-gold-analyzer[model]"


def require_depth(volume: Volume) -> None:
    """Raise `AnalysisFailed` NOT_APPLICABLE for a single slice, in which nothing has a volume."""
    if len(volume.voxels) < 2:
        raise AnalysisFailed(FailureCode.NOT_APPLICABLE, SINGLE_SLICE)


def choose(series: Series, segments: Sequence[Segment], configuration: AnalysisConfiguration) -> Segmenter:
    """Return the configured model, the lung detector or the measuring of what was supplied, whichever applies first.

    Raises:
        AnalysisFailed: NOT_APPLICABLE with the reason of each, or MODEL_ERROR.
    """
    reasons: list[str] = []
    if len(series.volume.voxels) < FEWEST_SLICES:
        strategies: Iterator[Segmenter] = iter([MeasureOnly(segments)])
        reasons.append(TOO_FEW_SLICES)
    else:
        strategies = _in_order(series, segments, configuration)
    for strategy in strategies:
        reason = strategy.applies(series.volume)
        if reason is None:
            return strategy
        reasons.append(reason.rstrip("."))
    raise AnalysisFailed(FailureCode.NOT_APPLICABLE, ". ".join(reasons))


def _in_order(series: Series, segments: Sequence[Segment], configuration: AnalysisConfiguration) -> Iterator[Segmenter]:
    if configuration.model_manifest is not None:
        yield _own_model(configuration.model_manifest, series)
    yield LungBlob()
    yield MeasureOnly(segments)


def _own_model(manifest: Path, series: Series) -> Segmenter:
    try:
        from analyzer.detection.onnx_model.segmenter import OnnxModel
    except ImportError as error:
        raise AnalysisFailed(FailureCode.MODEL_ERROR, NO_RUNTIME) from error
    body_part = str(series.headers[0].get("BodyPartExamined", "")) if series.headers else ""
    return OnnxModel.load(manifest, body_part)
