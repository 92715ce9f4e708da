"""Records of DICOM image files, small enough to hold twenty thousand of them in memory."""

from dataclasses import dataclass, field

from pydicom import Dataset, uid
from pydicom.uid import UID

from analyzer.reading.dicom_header import Header
from analyzer.reading.ignored_files import FileIgnored, Reason, untrusted_parsing
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.planes import Plane, planes_of
from analyzer.reading.sources import Source
from analyzer.reading.storage_classes import IMAGES
from analyzer.reading.syntaxes import NATIVE, PLUGINS

LOSSY_SYNTAXES = frozenset({uid.JPEGBaseline8Bit, uid.JPEG2000, uid.JPEGLSNearLossless})
DECODED_BYTES = 2
LOCALIZER_WORDS = frozenset({"LOCALIZER", "SCOUT", "TOPOGRAM"})


@dataclass(frozen=True)
class Image:
    """Record of an image file. The UIDs identify the patient: they are compared and hashed, never shown.

    `order` distinguishes files at the same position: acquisition number, temporal position, instance number.
    """

    source: Source = field(repr=False)
    study_uid: str = field(repr=False)
    series_uid: str = field(repr=False)
    instance_uid: str = field(repr=False)
    frame_of_reference: str = field(repr=False)
    modality: str
    original: bool
    rows: int
    columns: int
    planes: tuple[Plane, ...]
    order: tuple[int, int, int]
    lossy: bool
    burned_in: bool


@dataclass(frozen=True)
class UnusableImage:
    """An image file that makes its whole series impossible to analyse, with the reason."""

    series_uid: str = field(repr=False)
    frame_of_reference: str = field(repr=False)
    reason: Reason


def describe(header: Header, source: Source, limits: ReadingLimits) -> Image | UnusableImage:
    """Return the record of an image file. Raises `FileIgnored` when it is damaged or not part of a volume."""
    dataset = header.dataset
    with untrusted_parsing():
        _ignore_non_volumetric(header)
        series_uid, frame_of_reference = _text(dataset, "SeriesInstanceUID"), _text(dataset, "FrameOfReferenceUID")
        try:
            return _image(header, source, limits, series_uid, frame_of_reference)
        except FileIgnored as ignored:
            if ignored.reason is Reason.DAMAGED:
                raise
            return UnusableImage(series_uid, frame_of_reference, ignored.reason)


def _ignore_non_volumetric(header: Header) -> None:
    """Raise `FileIgnored` for objects that are not part of a volume: without pixels, localizers, colour images."""
    dataset = header.dataset
    if header.pixels is None or not dataset.get("Rows") or not dataset.get("Columns"):
        raise FileIgnored(Reason.OTHER_OBJECT if not header.sop_class else Reason.DAMAGED)
    if LOCALIZER_WORDS.intersection(_image_type(dataset)):
        raise FileIgnored(Reason.LOCALIZER)
    if dataset.get("SamplesPerPixel", 1) != 1 or dataset.get("PhotometricInterpretation") not in {
        "MONOCHROME1",
        "MONOCHROME2",
    }:
        raise FileIgnored(Reason.COLOUR)


def _image(header: Header, source: Source, limits: ReadingLimits, series_uid: str, frame_of_reference: str) -> Image:
    dataset = header.dataset
    modality = IMAGES.get(UID(header.sop_class)) or _text(dataset, "Modality")
    _check_pixels(header, source, limits)
    planes = planes_of(dataset, modality)
    hounsfield = all(plane.hounsfield for plane in planes)
    return Image(
        source=source,
        study_uid=_text(dataset, "StudyInstanceUID"),
        series_uid=series_uid,
        instance_uid=_text(dataset, "SOPInstanceUID"),
        frame_of_reference=frame_of_reference,
        modality=modality if modality != "CT" or hounsfield else "",
        original=_image_type(dataset)[:2] == ["ORIGINAL", "PRIMARY"],
        rows=int(dataset.Rows),
        columns=int(dataset.Columns),
        planes=planes,
        order=(
            _number(dataset, "AcquisitionNumber"),
            _number(dataset, "TemporalPositionIdentifier"),
            _number(dataset, "InstanceNumber"),
        ),
        lossy=_is_lossy(dataset, header.syntax),
        burned_in=_text(dataset, "BurnedInAnnotation").upper() == "YES",
    )


def _check_pixels(header: Header, source: Source, limits: ReadingLimits) -> None:
    """Raise `FileIgnored` for too many or missing pixels, or an unsupported transfer syntax."""
    dataset, pixels = header.dataset, header.pixels
    if header.syntax not in NATIVE and header.syntax not in PLUGINS:
        raise FileIgnored(Reason.UNSUPPORTED_SYNTAX)
    rows, columns, frames = int(dataset.Rows), int(dataset.Columns), int(dataset.get("NumberOfFrames") or 1)
    voxels = rows * columns * frames
    if min(rows, columns, frames) < 1:
        raise FileIgnored(Reason.DAMAGED)
    expected = voxels * int(dataset.BitsAllocated) // 8
    if voxels * DECODED_BYTES > limits.volume_bytes or expected // frames > limits.plane_bytes:
        raise FileIgnored(Reason.TOO_LARGE)
    if pixels is None or (pixels.length is None) != (header.syntax not in NATIVE):
        raise FileIgnored(Reason.DAMAGED)
    if pixels.length is None:
        if source.size > limits.volume_bytes:
            raise FileIgnored(Reason.TOO_LARGE)
        return
    deflated = header.syntax == uid.DeflatedExplicitVRLittleEndian
    if pixels.length < expected or (not deflated and pixels.offset + expected > source.size):
        raise FileIgnored(Reason.DAMAGED)


def _is_lossy(dataset: Dataset, syntax: str) -> bool:
    stated = _text(dataset, "LossyImageCompression")
    return stated == "01" or (syntax in LOSSY_SYNTAXES and stated != "00")


def _image_type(dataset: Dataset) -> list[str]:
    value = dataset.get("ImageType") or []
    return [str(word).upper() for word in ([value] if isinstance(value, str) else value)]


def _text(dataset: Dataset, keyword: str) -> str:
    return str(dataset.get(keyword) or "")


def _number(dataset: Dataset, keyword: str) -> int:
    try:
        return int(dataset.get(keyword) or 0)
    except (TypeError, ValueError):
        return 0
