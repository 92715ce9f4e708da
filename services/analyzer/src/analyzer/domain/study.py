"""What was read from the files of one job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydicom import Dataset

from analyzer.domain.volume import Volume


@dataclass(frozen=True)
class Notice:
    """Something a reader of the result should know. `message` is Russian and identifies nobody."""

    code: str
    message: str


@dataclass(frozen=True)
class Series:
    """One image series, decoded.

    Attributes:
        volume: the image.
        headers: one dataset a slice in the volume's order, without pixel data (one for a multi-frame file,
            empty for NIfTI); they identify the patient and leave the process only inside DICOM outputs.
        frames: for each slice, (index into headers, frame number from 1) that it came from.
        study_key: keyed hash of the study UID (or of the content where there is none): 16 hex digits.
        series_key: keyed hash of the series UID, likewise.
    """

    volume: Volume
    headers: Sequence[Dataset] = field(repr=False)
    frames: Sequence[tuple[int, int]] = field(repr=False)
    study_key: str
    series_key: str


@dataclass(frozen=True)
class ReferenceFile:
    """A segmentation that came with the images, not yet interpreted: a DICOM SEG, an RTSTRUCT or a NIfTI mask.

    Exactly one of `dataset` and `nifti` is set. A NIfTI mask is a
    Volume of its own grid.
    """

    dataset: Dataset | None = field(default=None, repr=False)
    nifti: Volume | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Study:
    """The chosen series, what else was there, and why it was left.

    Attributes:
        series: the chosen one.
        not_analysed: (series key, reason code) of each image series left out, sorted by key.
        references: segmentations found beside the images.
        used: how many files the chosen series and the references were read from.
        ignored: reason code -> number of files.
        warnings: in the order they were noticed.
    """

    series: Series
    not_analysed: Sequence[tuple[str, str]]
    references: Sequence[ReferenceFile]
    used: int
    ignored: Mapping[str, int]
    warnings: Sequence[Notice]
