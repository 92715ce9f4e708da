"""A study as read from the files of one upload: the analysed series, references and warnings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydicom import Dataset

from analyzer.domain.volume import Volume
from analyzer.messages import WARNINGS
from chassis.commands.message import Message


@dataclass(frozen=True)
class AnalysisWarning:
    """Warning of a result; its message does not identify the patient."""

    code: str
    message: Message

    @classmethod
    def of(cls, code: str) -> "AnalysisWarning":
        """Return the warning with the sentence of this code. Raises KeyError for an unknown code."""
        return cls(code, WARNINGS[code])


@dataclass(frozen=True)
class Series:
    """A decoded image series.

    Attributes:
        volume: the image.
        headers: one dataset per slice in the volume's order, without pixel data (one for a multi-frame file,
            empty for NIfTI); they identify the patient and leave the process only inside DICOM outputs.
        frames: for each slice, (index into headers, frame number from 1) of its source.
        study_key: keyed hash of the study UID (of the content where there is none): 16 hex digits.
        series_key: keyed hash of the series UID, likewise.
        volumes: number of volumes in the NIfTI file that it is the first of, else 1.
    """

    volume: Volume
    headers: Sequence[Dataset] = field(repr=False)
    frames: Sequence[tuple[int, int]] = field(repr=False)
    study_key: str
    series_key: str
    volumes: int = 1


@dataclass(frozen=True)
class ReferenceFile:
    """A segmentation supplied with the images, not yet interpreted: a DICOM SEG, an RTSTRUCT or a NIfTI mask.

    Exactly one of `dataset` and `nifti` is set. A NIfTI mask is a Volume on its own grid: the first of `volumes`.
    """

    dataset: Dataset | None = field(default=None, repr=False)
    nifti: Volume | None = field(default=None, repr=False)
    volumes: int = 1


@dataclass(frozen=True)
class Study:
    """The analysed series, the references, and the series and files that were left out.

    Attributes:
        series: the series to analyse.
        not_analysed: (series key, reason code) of each image series left out, sorted by key.
        references: segmentations supplied with the images.
        used: number of files that the series and the references were read from.
        ignored: reason code -> number of files.
        warnings: in a fixed order.
    """

    series: Series
    not_analysed: Sequence[tuple[str, str]]
    references: Sequence[ReferenceFile]
    used: int
    ignored: Mapping[str, int]
    warnings: Sequence[AnalysisWarning]
