"""Selection of the segmentation strategy: the first one that applies to the image."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from analyzer import messages
from analyzer.configuration import AnalysisConfiguration
from analyzer.detection.lung_blob.segmenter import LungBlob
from analyzer.detection.measure_only import MeasureOnly
from analyzer.detection.segmenter import Segmenter
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.study import Series
from analyzer.domain.volume import Volume
from analyzer.references.segment import Segment
from chassis.commands.message import Message

MIN_SLICES = 8


def require_depth(volume: Volume) -> None:
    """Raise `AnalysisFailed` NOT_APPLICABLE for a single slice, which has no volume."""
    if len(volume.voxels) < 2:
        raise AnalysisFailed(FailureCode.NOT_APPLICABLE, messages.SINGLE_SLICE)


def choose(series: Series, segments: Sequence[Segment], configuration: AnalysisConfiguration) -> Segmenter:
    """Return the first strategy that applies: the configured model, the lung detector, or measuring the references.

    Raises:
        AnalysisFailed: NOT_APPLICABLE with the reason of each, or MODEL_ERROR.
    """
    reasons: list[Message] = []
    if len(series.volume.voxels) < MIN_SLICES:
        strategies: Iterator[Segmenter] = iter([MeasureOnly(segments)])
        reasons.append(messages.TOO_FEW_SLICES)
    else:
        strategies = _in_order(series, segments, configuration)
    for strategy in strategies:
        reason = strategy.applies(series.volume)
        if reason is None:
            return strategy
        reasons.append(reason)
    raise AnalysisFailed(FailureCode.NOT_APPLICABLE, _joined(reasons))


def _joined(reasons: Sequence[Message]) -> Message:
    return Message(
        ru=". ".join(reason.ru.rstrip(".") for reason in reasons),
        en=". ".join(reason.en.rstrip(".") for reason in reasons),
    )


def _in_order(series: Series, segments: Sequence[Segment], configuration: AnalysisConfiguration) -> Iterator[Segmenter]:
    if configuration.model_manifest is not None:
        yield _custom_model(configuration.model_manifest, series)
    yield LungBlob()
    yield MeasureOnly(segments)


def _custom_model(manifest: Path, series: Series) -> Segmenter:
    try:
        from analyzer.detection.onnx_model.segmenter import OnnxModel
    except ImportError as error:
        raise AnalysisFailed(FailureCode.MODEL_ERROR, messages.NO_RUNTIME) from error
    body_part = str(series.headers[0].get("BodyPartExamined", "")) if series.headers else ""
    return OnnxModel.load(manifest, body_part)
