"""Why an analysis could not be done, in words that a person and a program can use."""

from enum import StrEnum


class FailureCode(StrEnum):
    """The reasons that an attempt can end with; the wire name is the value."""

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
        """Whether the same input could succeed when tried again."""
        return self in {FailureCode.TIMEOUT, FailureCode.OUT_OF_MEMORY, FailureCode.INTERNAL}


class AnalysisFailed(Exception):
    """The analysis ended without a result.

    `message` is shown to the owner of the job (in Russian, as all messages of the API); it never holds a
    tag's value, a path, or a name from inside an archive.
    """

    def __init__(self, code: FailureCode, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
