"""Writer of all output files except the result."""

from collections.abc import Sequence
from pathlib import Path

from analyzer.detection.segmenter import Candidate, Progress
from analyzer.domain.result import MAX_PICTURES
from analyzer.domain.study import AnalysisWarning, Series
from analyzer.outputs.dicom_seg import SegmentationMetadata, SourceHeadersIncomplete, write_segmentation
from analyzer.outputs.labels import label_map
from analyzer.outputs.nifti_mask import write_mask
from analyzer.outputs.pictures import picture_of

MASK = "mask.nii.gz"
SEGMENTATION = "segmentation.dcm"

OVERLAP = AnalysisWarning.of("MASK_OVERLAP")
NO_SEGMENTATION = AnalysisWarning.of("SEG_NOT_WRITTEN")
PICTURES_OMITTED = AnalysisWarning.of("PICTURES_OMITTED")


def write_outputs(
    folder: Path, series: Series, candidates: Sequence[Candidate], metadata: SegmentationMetadata, progress: Progress
) -> list[AnalysisWarning]:
    """Write the mask, the DICOM SEG and a picture of each of the first `MAX_PICTURES` candidates; return the warnings.

    `candidates` are in reporting order, none empty. The mask is always written; a SEG needs DICOM input and a finding;
    pictures are omitted for burned-in annotations, which can identify the patient.
    """
    warnings: list[AnalysisWarning] = []
    labels, overlap = label_map(series.volume.voxels.shape, candidates)
    if overlap:
        warnings.append(OVERLAP)
    write_mask(folder / MASK, labels, series.volume)
    progress(0.3)
    if candidates and series.headers:
        try:
            write_segmentation(folder / SEGMENTATION, series, labels, candidates, metadata)
        except SourceHeadersIncomplete:
            warnings.append(NO_SEGMENTATION)
    progress(0.6)
    if series.volume.burned_in:
        return warnings
    pictured = candidates[:MAX_PICTURES]
    for number, candidate in enumerate(pictured, 1):
        (folder / f"finding-{number}.png").write_bytes(picture_of(series.volume, candidate))
        progress(0.6 + 0.4 * number / len(pictured))
    return warnings if len(pictured) == len(candidates) else [*warnings, PICTURES_OMITTED]
