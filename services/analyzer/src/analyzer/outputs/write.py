"""Everything that stands beside the result."""

from collections.abc import Sequence
from pathlib import Path

from analyzer.detection.segmenter import Candidate, Progress
from analyzer.domain.study import Notice, Series
from analyzer.outputs.dicom_seg import Made, SourceRefused, write_segmentation
from analyzer.outputs.labels import label_map
from analyzer.outputs.nifti_mask import write_mask
from analyzer.outputs.pictures import picture_of

MASK = "mask.nii.gz"
SEGMENTATION = "segmentation.dcm"

OVERLAP = Notice("MASK_OVERLAP", "Находки перекрываются: в маске общий воксель отдан меньшей из них")
NO_SEGMENTATION = Notice("SEG_NOT_WRITTEN", "DICOM SEG не создан: в заголовках снимков нет необходимых для него данных")


def write_outputs(
    folder: Path, series: Series, candidates: Sequence[Candidate], made: Made, progress: Progress
) -> list[Notice]:
    """Write the mask, the DICOM SEG and one picture a candidate; return what the reader should know of them.

    `candidates` are in reporting order, none empty. There is always a mask; a SEG needs DICOM input and a finding;
    pictures are left out when the image may show the patient's name.
    """
    notices: list[Notice] = []
    labels, overlap = label_map(series.volume.voxels.shape, candidates)
    if overlap:
        notices.append(OVERLAP)
    write_mask(folder / MASK, labels, series.volume)
    progress(0.3)
    if candidates and series.headers:
        try:
            write_segmentation(folder / SEGMENTATION, series, labels, candidates, made)
        except SourceRefused:
            notices.append(NO_SEGMENTATION)
    progress(0.6)
    if series.volume.burned_in:
        return notices
    for number, candidate in enumerate(candidates, 1):
        (folder / f"finding-{number}.png").write_bytes(picture_of(series.volume, candidate))
        progress(0.6 + 0.4 * number / len(candidates))
    return notices
