"""Failures of an analysis: a code for programs and a message for people."""

from enum import StrEnum

from chassis.commands.message import Message


class FailureCode(StrEnum):
    """Reason of a failed attempt; the value is the name on the wire."""

    ZIP_INVALID = "ZIP_INVALID"
    ZIP_LIMIT = "ZIP_LIMIT"
    ZIP_ENCRYPTED = "ZIP_ENCRYPTED"
    NO_IMAGE = "NO_IMAGE"
    UNSUPPORTED_SYNTAX = "UNSUPPORTED_SYNTAX"
    GEOMETRY_MISSING = "GEOMETRY_MISSING"
    GEOMETRY_MIXED = "GEOMETRY_MIXED"
    TOO_LARGE = "TOO_LARGE"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    MODEL_ERROR = "MODEL_ERROR"
    TIMEOUT = "TIMEOUT"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    INTERNAL = "INTERNAL"

    @property
    def may_pass_later(self) -> bool:
        """Whether a retry with the same input could succeed."""
        return self is FailureCode.TIMEOUT or self.may_pass_at_once

    @property
    def may_pass_at_once(self) -> bool:
        """Whether a retry after seconds could succeed. A timeout has cost its full time, and the input may be why."""
        return self in {FailureCode.OUT_OF_MEMORY, FailureCode.INTERNAL}


class AnalysisFailed(Exception):
    """The analysis ended without a result.

    `message` is shown to the owner of the job; it never holds the value of a DICOM attribute, a path, or a file name
    from an archive.
    """

    def __init__(self, code: FailureCode, message: Message) -> None:
        super().__init__(f"{code}: {message.en}")
        self.code = code
        self.message = message
