"""Why a ZIP archive is refused."""

from enum import StrEnum


class ZipFault(StrEnum):
    """What is wrong with an archive, as a code for programs."""

    NO_END_RECORD = "no end record"
    MULTIPLE_DISKS = "multiple disks"
    ZIP64_RECORD_DAMAGED = "zip64 record damaged"
    ZIP64_FIELD_MISSING = "zip64 field missing"
    DIRECTORY_OUTSIDE_FILE = "directory outside file"
    DIRECTORY_DAMAGED = "directory damaged"
    DIRECTORY_TRUNCATED = "directory truncated"
    ENTRY_COUNT_WRONG = "entry count wrong"
    TOO_MANY_ENTRIES = "too many entries"
    ENTRIES_OVERLAP = "entries overlap"
    ENTRY_OUTSIDE_ARCHIVE = "entry outside archive"


class MalformedZip(ValueError):
    """The archive is damaged, contradicts itself or exceeds a limit; the caller words the sentence for people."""

    def __init__(self, fault: ZipFault) -> None:
        super().__init__(fault.value)
        self.fault = fault
