"""Why a single file is left out while the rest of the upload is read."""

from collections.abc import Generator
from contextlib import contextmanager
from enum import StrEnum

from analyzer.domain.failures import AnalysisFailed

RUST_PANICS = "pyo3_runtime"
"""The module of the exception that a panic in a Rust decoder becomes; it is no `Exception`, and cannot be imported."""


class Reason(StrEnum):
    """Why a file, or a whole series, was not analysed; the value stands in the result."""

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


class Ignored(Exception):
    """This file is left out, for `reason`."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@contextmanager
def hostile(reason: Reason = Reason.DAMAGED) -> Generator[None]:
    """Turn whatever a parser raises over bytes that it cannot parse into `Ignored`.

    The original error is dropped: its message may quote a tag's value.
    """
    try:
        yield
    except (AnalysisFailed, Ignored, MemoryError):
        raise
    except Exception:  # noqa: BLE001  parsers of arbitrary bytes raise arbitrary errors
        raise Ignored(reason) from None
    except BaseException as error:
        if type(error).__module__ == RUST_PANICS:
            raise Ignored(reason) from None
        raise
