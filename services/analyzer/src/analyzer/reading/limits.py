"""Limits of reading an upload."""

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True)
class ReadingLimits:
    """Upper bounds, enforced independently of what the files declare.

    Attributes:
        entries: files in all archives of one upload.
        unpacked_bytes: inflated size of an archive, declared and actual.
        header_bytes: one DICOM file, before its pixel data.
        kept_header_bytes: all headers of the analysed series together.
        volume_bytes: one decoded image; also all NIfTI images of an upload together.
        plane_bytes: one encoded slice: slices are decoded one at a time.
        reference_bytes: one DICOM segmentation or structure set, encoded and decoded.
    """

    entries: int = 20_000
    unpacked_bytes: int = 8192 * MIB
    header_bytes: int = 8 * MIB
    kept_header_bytes: int = 256 * MIB
    volume_bytes: int = 1024 * MIB
    plane_bytes: int = 128 * MIB
    reference_bytes: int = 512 * MIB
