"""Files that are ignored while the rest of the upload is read, with the reason."""

from collections.abc import Generator
from contextlib import contextmanager
from enum import StrEnum

from analyzer.domain.failures import AnalysisFailed

RUST_PANICS = "pyo3_runtime"
"""Module of the exception for a panic in a Rust decoder: a `BaseException` that cannot be imported."""


class Reason(StrEnum):
    """Reason why a file or a series was not analysed; the value is part of the result."""

    EMPTY = "empty"
    NOT_AN_IMAGE = "not_an_image"
    NESTED_ARCHIVE = "nested_archive"
    DIRECTORY = "dicom_directory"
    REPORT = "report"
    SECONDARY_CAPTURE = "secondary_capture"
    LOCALIZER = "localizer"
    COLOUR = "colour_image"
    OTHER_OBJECT = "other_dicom_object"
    DAMAGED = "damaged"
    DUPLICATE = "duplicate_slice"
    TOO_LARGE = "too_large"
    UNSUPPORTED_SYNTAX = "unsupported_syntax"
    GEOMETRY_MISSING = "geometry_missing"
    GEOMETRY_MIXED = "geometry_mixed"
    OTHER_GRID = "other_grid"
    OTHER_VOLUME = "other_volume"
    SIZES_CONTRADICT = "sizes_contradict"
    COMPONENTS = "several_values_per_voxel"
    PAIRED_NIFTI = "nifti_header_without_voxels"
    OTHER_ARCHIVE = "other_archive"


class FileIgnored(Exception):
    """The file is ignored, for `reason`."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@contextmanager
def untrusted_parsing(reason: Reason = Reason.DAMAGED) -> Generator[None]:
    """Convert every error of a parser of untrusted bytes to `FileIgnored`.

    The original error is dropped: its message may quote a tag's value.
    """
    try:
        yield
    except (AnalysisFailed, FileIgnored, MemoryError):
        raise
    except Exception:  # noqa: BLE001  parsers of arbitrary bytes raise arbitrary errors
        raise FileIgnored(reason) from None
    except BaseException as error:
        if type(error).__module__ == RUST_PANICS:
            raise FileIgnored(reason) from None
        raise
