"""Writer of all output files except the result."""

from collections.abc import Sequence
from pathlib import Path

from analyzer.detection.segmenter import Candidate, Progress
from analyzer.domain.study import AnalysisWarning, Series
from analyzer.outputs.dicom_seg import SegmentationMetadata, SourceHeadersIncomplete, write_segmentation
from analyzer.outputs.labels import label_map
from analyzer.outputs.nifti_mask import write_mask
from analyzer.outputs.pictures import picture_of

MASK = "mask.nii.gz"
SEGMENTATION = "segmentation.dcm"

OVERLAP = AnalysisWarning.of("MASK_OVERLAP")
NO_SEGMENTATION = AnalysisWarning.of("SEG_NOT_WRITTEN")


def write_outputs(
    folder: Path, series: Series, candidates: Sequence[Candidate], metadata: SegmentationMetadata, progress: Progress
) -> list[AnalysisWarning]:
    """Write the mask, the DICOM SEG and one picture per candidate; return the warnings.

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
    for number, candidate in enumerate(candidates, 1):
        (folder / f"finding-{number}.png").write_bytes(picture_of(series.volume, candidate))
        progress(0.6 + 0.4 * number / len(candidates))
    return warnings
