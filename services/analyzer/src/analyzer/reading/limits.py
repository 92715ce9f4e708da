"""How much of an upload is looked at before it is refused."""

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True)
class ReadingLimits:
    """Bounds that hold whatever the files say about themselves.

    Attributes:
        entries: files in all archives of one upload.
        unpacked_bytes: what an archive may unpack to, claimed and actual.
        header_bytes: of one DICOM file, before its pixels.
        kept_header_bytes: of all headers of the analysed series together.
        volume_bytes: one decoded image; also all NIfTI images of an upload together.
        plane_bytes: one slice as it is stored: slices are decoded one at a time.
        reference_bytes: one DICOM segmentation or structure set, packed and decoded.
    """

    entries: int = 20_000
    unpacked_bytes: int = 8192 * MIB
    header_bytes: int = 8 * MIB
    kept_header_bytes: int = 256 * MIB
    volume_bytes: int = 1024 * MIB
    plane_bytes: int = 128 * MIB
    reference_bytes: int = 512 * MIB
