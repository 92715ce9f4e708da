"""Reader of segmentations supplied with the images; it does not interpret them."""

from io import BytesIO

from pydicom import Dataset
from pydicom.encaps import generate_frames
from pydicom.filereader import read_dataset
from pydicom.uid import UID, ExplicitVRBigEndian, ImplicitVRLittleEndian

from analyzer.domain.study import ReferenceFile
from analyzer.reading.dicom_header import Header, read_header
from analyzer.reading.ignored_files import FileIgnored, Reason, untrusted_parsing
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.number_elements import repair_numbers
from analyzer.reading.pixels import decoding_options, sound_attempts
from analyzer.reading.sources import Source
from analyzer.reading.streams import SourceStream
from analyzer.reading.syntaxes import NATIVE, PLUGINS


def read_reference(source: Source, limits: ReadingLimits) -> ReferenceFile:
    """Read a DICOM SEG or RTSTRUCT. Raises `FileIgnored` when it is damaged, too large, or cannot be decoded."""
    if source.size > limits.reference_bytes:
        raise FileIgnored(Reason.TOO_LARGE)
    with untrusted_parsing():
        stream = SourceStream(source.pieces(), limits.header_bytes)
        header = read_header(stream, limits.header_bytes, source.budget)
        dataset = _complete_dataset(header, limits)
        if header.pixels is not None:
            _check_pixels(dataset, header.syntax, limits)
    return ReferenceFile(dataset=dataset)


def _complete_dataset(header: Header, limits: ReadingLimits) -> Dataset:
    content = bytearray()
    header.stream.seek(header.start)
    for piece in header.stream.pieces():
        content += piece
        if len(content) > limits.reference_bytes:
            raise FileIgnored(Reason.TOO_LARGE)
    implicit, little = header.syntax == ImplicitVRLittleEndian, header.syntax != ExplicitVRBigEndian
    dataset = read_dataset(BytesIO(content), is_implicit_VR=implicit, is_little_endian=little)
    repair_numbers(dataset)
    dataset.file_meta = header.dataset.file_meta
    return dataset


def _check_pixels(dataset: Dataset, syntax: UID, limits: ReadingLimits) -> None:
    rows, columns, frames = int(dataset.Rows), int(dataset.Columns), int(dataset.get("NumberOfFrames") or 1)
    if not 0 < rows * columns * frames <= limits.reference_bytes:
        raise FileIgnored(Reason.TOO_LARGE)
    if syntax in NATIVE:
        return
    if syntax not in PLUGINS:
        raise FileIgnored(Reason.UNSUPPORTED_SYNTAX)
    options = decoding_options(dataset)
    for frame in generate_frames(dataset.PixelData, number_of_frames=frames):
        if not any(sound_attempts(frame, syntax, options)):
            raise FileIgnored(Reason.DAMAGED)
