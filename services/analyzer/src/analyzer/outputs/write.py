"""Writer of all output files except the result."""

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from analyzer.detection.segmenter import Candidate, Progress
from analyzer.domain.result import MAX_PICTURES, Finding
from analyzer.domain.study import AnalysisWarning, Series
from analyzer.outputs.dicom_seg import SegmentationMetadata, SourceHeadersIncomplete, write_segmentation
from analyzer.outputs.dicom_sr import write_report
from analyzer.outputs.labels import label_map
from analyzer.outputs.nifti_image import write_image
from analyzer.outputs.nifti_mask import write_mask
from analyzer.outputs.pictures import picture_of
from analyzer.outputs.straight_grid import StraightGrid

MASK = "mask.nii.gz"
IMAGE = "image.nii.gz"
PREVIEW = "preview.nii.gz"
SEGMENTATION = "segmentation.dcm"
REPORT = "report.dcm"

OVERLAP = AnalysisWarning.of("MASK_OVERLAP")
NO_SEGMENTATION = AnalysisWarning.of("SEG_NOT_WRITTEN")
PICTURES_OMITTED = AnalysisWarning.of("PICTURES_OMITTED")


@contextmanager
def writing_image(folder: Path, series: Series) -> Generator[None]:
    """Write the image and its preview meanwhile, in a thread: compressing takes a tenth of the time of an analysis.

    They are omitted for burned-in annotations, which can identify the patient.
    """
    with ThreadPoolExecutor(1) as thread:
        written = None
        if not series.volume.burned_in:
            written = thread.submit(write_image, folder / IMAGE, folder / PREVIEW, series.volume)
        yield
    if written is not None:
        written.result()


def write_outputs(
    folder: Path,
    series: Series,
    candidates: Sequence[Candidate],
    findings: Sequence[Finding],
    metadata: SegmentationMetadata,
    progress: Progress,
) -> list[AnalysisWarning]:
    """Write the mask, the DICOM outputs and a picture of each of the first `MAX_PICTURES` candidates.

    `candidates` are in reporting order, none empty; `findings` are their measurements. The mask is always written;
    DICOM needs DICOM input and a finding; pictures are omitted for burned-in annotations, which can identify the
    patient. Return the warnings.
    """
    warnings: list[AnalysisWarning] = []
    labels, overlap = label_map(series.volume.voxels.shape, candidates)
    if overlap:
        warnings.append(OVERLAP)
    write_mask(folder / MASK, labels, StraightGrid.of(series.volume))
    progress(0.3)
    if candidates and series.headers:
        try:
            segmentation = write_segmentation(folder / SEGMENTATION, series, labels, candidates, metadata)
            write_report(folder / REPORT, series, segmentation, findings, metadata)
        except SourceHeadersIncomplete:
            (folder / SEGMENTATION).unlink(missing_ok=True)
            warnings.append(NO_SEGMENTATION)
    progress(0.6)
    if series.volume.burned_in:
        return warnings
    pictured = candidates[:MAX_PICTURES]
    for number, candidate in enumerate(pictured, 1):
        (folder / f"finding-{number}.png").write_bytes(picture_of(series.volume, candidate))
        progress(0.6 + 0.4 * number / len(pictured))
    return warnings if len(pictured) == len(candidates) else [*warnings, PICTURES_OMITTED]
