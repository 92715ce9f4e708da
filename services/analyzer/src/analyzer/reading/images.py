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

LOSSY_SYNTAXES = frozenset(
    {uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit, uid.JPEG2000, uid.HTJ2K, uid.JPEGLSNearLossless}
)
DECODED_BYTES = 2
LOCALIZER_WORDS = frozenset({"LOCALIZER", "SCOUT", "TOPOGRAM"})


@dataclass(frozen=True)
class Image:
    """Record of an image file. The UIDs identify the patient: they are compared and hashed, never shown.

    `identity` is the series UID or, where an anonymiser emptied it, what else tells series apart.
    """

    source: Source = field(repr=False)
    study_uid: str = field(repr=False)
    series_uid: str = field(repr=False)
    identity: str = field(repr=False)
    instance_uid: str = field(repr=False)
    frame_of_reference: str = field(repr=False)
    modality: str
    original: bool
    rows: int
    columns: int
    planes: tuple[Plane, ...]
    lossy: bool
    burned_in: bool


@dataclass(frozen=True)
class UnusableImage:
    """An image file that cannot be analysed, with the reason; `is_placed` when it has a position or an orientation.

    One that is not placed is a picture beside the slices. Any other makes its whole series impossible to analyse,
    unless it is derived from original slices.
    """

    identity: str = field(repr=False)
    reason: Reason
    original: bool
    is_placed: bool


def describe(header: Header, source: Source, limits: ReadingLimits) -> Image | UnusableImage:
    """Return the record of an image file. Raises `FileIgnored` when it is damaged or not part of a volume."""
    dataset = header.dataset
    with untrusted_parsing():
        _ignore_non_volumetric(header)
        try:
            return _image(header, source, limits)
        except FileIgnored as ignored:
            if ignored.reason is Reason.DAMAGED:
                raise
            return UnusableImage(_identity(dataset), ignored.reason, _is_original(dataset), _is_placed(dataset))


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


def _image(header: Header, source: Source, limits: ReadingLimits) -> Image:
    dataset = header.dataset
    modality = IMAGES.get(UID(header.sop_class)) or _text(dataset, "Modality")
    _check_pixels(header, source, limits)
    planes = planes_of(dataset, modality)
    hounsfield = all(plane.hounsfield for plane in planes)
    return Image(
        source=source,
        study_uid=_text(dataset, "StudyInstanceUID"),
        series_uid=_text(dataset, "SeriesInstanceUID"),
        identity=_identity(dataset),
        instance_uid=_text(dataset, "SOPInstanceUID"),
        frame_of_reference=_text(dataset, "FrameOfReferenceUID"),
        modality=modality if modality != "CT" or hounsfield else "",
        original=_is_original(dataset),
        rows=int(dataset.Rows),
        columns=int(dataset.Columns),
        planes=planes,
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
    if min(rows, columns, frames) < 1 or dataset.get("PixelRepresentation") not in {0, 1}:
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


def _identity(dataset: Dataset) -> str:
    substitutes = ("StudyInstanceUID", "FrameOfReferenceUID", "SeriesNumber")
    return _text(dataset, "SeriesInstanceUID") or "|".join(_text(dataset, keyword) for keyword in substitutes)


def _is_original(dataset: Dataset) -> bool:
    return _image_type(dataset)[:2] == ["ORIGINAL", "PRIMARY"]


def _is_placed(dataset: Dataset) -> bool:
    keywords = ("ImagePositionPatient", "ImageOrientationPatient", "PerFrameFunctionalGroupsSequence")
    return any(dataset.get(keyword) for keyword in keywords)


def _is_lossy(dataset: Dataset, syntax: str) -> bool:
    stated = _text(dataset, "LossyImageCompression")
    return stated == "01" or (syntax in LOSSY_SYNTAXES and stated != "00")


def _image_type(dataset: Dataset) -> list[str]:
    value = dataset.get("ImageType") or []
    return [str(word).upper() for word in ([value] if isinstance(value, str) else value)]


def _text(dataset: Dataset, keyword: str) -> str:
    return str(dataset.get(keyword) or "")
