"""Names in any character set are in the segmentation as people read them."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread

from analyzer.detection.segmenter import Candidate
from analyzer.domain.study import Series
from analyzer.outputs.character_sets import corrected
from analyzer.outputs.dicom_seg import SegmentationMetadata, write_segmentation
from analyzer.outputs.labels import label_map
from analyzer.reading.log_suppression import suppressed_library_logs
from testkit.images.dicom_files import file_bytes

RUSSIAN, JAPANESE, GREEK, LATIN = "Иванов^Иван", "Yamada^Tarou=山田^太郎", "Διονυσιος", "Müller^Jörg"
CYRILLIC_ESCAPE = b"\x1b-L"
IVANOV, IVAN = "Иванов".encode("iso8859-5"), "Иван".encode("iso8859-5")
JIS = b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"

NAMES: dict[str, tuple[str, bytes, str]] = {
    "default": ("", b"Phantom^Test", "Phantom^Test"),
    "legal": ("ISO_IR 144", IVANOV + b"^" + IVAN, RUSSIAN),
    "UTF-8": ("ISO_IR 192", RUSSIAN.encode(), RUSSIAN),
    "GB18030": ("GB18030", "王^小东".encode("gb18030"), "王^小东"),
    "extension of an empty first value": (
        "\\ISO 2022 IR 144",
        CYRILLIC_ESCAPE + IVANOV + b"^" + CYRILLIC_ESCAPE + IVAN,
        RUSSIAN,
    ),
    "extension with several bytes": ("\\ISO 2022 IR 87", JIS, JAPANESE),
    "hyphen": ("ISO-IR 144", IVANOV + b"^" + IVAN, RUSSIAN),
    "no separator": ("ISOIR144", IVANOV + b"^" + IVAN, RUSSIAN),
    "lower case": ("iso_ir 100", "Müller^Jörg".encode("latin-1"), LATIN),
    "part of ISO 8859": ("ISO 8859-5", IVANOV + b"^" + IVAN, RUSSIAN),
    "Greek part of ISO 8859": ("ISO8859-7", GREEK.encode("iso8859-7"), GREEK),
    "name of a code page": ("WINDOWS-1251", RUSSIAN.encode("cp1251"), RUSSIAN),
    "usual name of UTF-8": ("UTF-8", RUSSIAN.encode(), RUSSIAN),
    "unknown": ("NO SUCH SET", "Müller^Jörg".encode("latin-1"), LATIN),
}
"""Stated character set, bytes of the name -> the name."""


def with_name(header: Dataset, character_set: str, name: bytes) -> Dataset:
    """Return the header as it is read from a file with these bytes."""
    header.SpecificCharacterSet, header.PatientName = "ISO_IR 100", "Replace^Me"
    content = file_bytes(header)
    for tag, vr, old, new in (
        (b"\x08\0\x05\0", b"CS", b"ISO_IR 100", character_set.encode()),
        (b"\x10\0\x10\0", b"PN", b"Replace^Me", name),
    ):
        padded = new + b" " * (len(new) % 2)
        element = tag + vr + len(old).to_bytes(2, "little") + old
        assert element in content
        content = content.replace(element, tag + vr + len(padded).to_bytes(2, "little") + padded)
    with suppressed_library_logs():
        return dcmread(BytesIO(content))


@pytest.mark.parametrize(("character_set", "stored", "name"), NAMES.values(), ids=NAMES)
def test_a_name_in_any_character_set_is_written_as_it_reads(
    tmp_path: Path,
    series: Series,
    candidates: list[Candidate],
    metadata: SegmentationMetadata,
    character_set: str,
    stored: bytes,
    name: str,
) -> None:
    headers = [with_name(header, character_set, stored) for header in series.headers]
    labels = label_map(series.volume.voxels.shape, candidates)[0]
    write_segmentation(tmp_path / "seg", replace(series, headers=headers), labels, candidates, metadata)
    written = dcmread(tmp_path / "seg")
    assert written.SpecificCharacterSet == "ISO_IR 192"
    assert str(written.PatientName) == name


@pytest.mark.parametrize("term", ["zlib", "unicode_escape", "undefined", "ISO_IR 7", "8859-99", "x" * 300, "\0"])
def test_an_unknown_term_means_the_default_repertoire(term: str) -> None:
    assert corrected(term) == ""
