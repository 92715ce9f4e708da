"""Headers that deviate from the standard, or use rare parts of it, give the same volume when their meaning is clear."""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, uid
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.study import Study
from analyzer.domain.volume import Volume
from analyzer.reading.limits import ReadingLimits
from analyzer.references.rtstruct import read_structures
from testkit.images.dicom_datasets import slice_datasets
from testkit.images.dicom_files import file_bytes, members_of, write_series, write_zip
from testkit.images.dicom_multiframe import multi_frame_dataset
from testkit.images.dicom_segmentations import structure_set_dataset
from testkit.images.dicom_syntaxes import encoded

Read = Callable[..., Study]
NUMBERS = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept")


def assert_same(study: Study, truth: Volume) -> None:
    np.testing.assert_array_equal(study.series.volume.voxels, truth.voxels)
    np.testing.assert_allclose(study.series.volume.origins, truth.origins, atol=1e-6)
    np.testing.assert_allclose(study.series.volume.pixel_spacing, truth.pixel_spacing)
    assert study.ignored == {}


def with_decimal_commas(content: bytes, numbers: Iterable[str]) -> bytes:
    """Replace the decimal points of numbers: the writer refuses commas."""
    for number in numbers:
        assert number.encode() in content
        content = content.replace(number.encode(), number.replace(".", ",").encode())
    return content


def without_meta(dataset: Dataset) -> bytes:
    """Return the bare data set in explicit VR big endian."""
    buffer = DicomBytesIO()
    buffer.is_implicit_VR, buffer.is_little_endian = False, False
    write_dataset(buffer, encoded(dataset, uid.ExplicitVRBigEndian))
    return buffer.getvalue()


@pytest.mark.parametrize("syntax", [uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian])
def test_elements_of_the_contours_group_do_not_hide_the_pixels(
    phantom: Volume, tmp_path: Path, read: Read, syntax: uid.UID
) -> None:
    datasets = slice_datasets(phantom)
    for dataset in datasets:
        dataset.StructureSetLabel, dataset.StructureSetROISequence = "", []
        dataset.ReferencedFrameOfReferenceSequence = [Dataset()]
    members = members_of([encoded(dataset, syntax) for dataset in datasets])
    assert_same(read(write_zip(tmp_path / "a", members)), phantom)


@pytest.mark.parametrize("meta", [True, False])
def test_the_contours_of_a_structure_set_may_be_larger_than_a_header(
    phantom: Volume, tmp_path: Path, read: Read, meta: bool
) -> None:
    structures = structure_set_dataset(phantom, {"lesion": phantom.voxels > 300})
    region = structures.ROIContourSequence[0]
    region.ContourSequence = [*region.ContourSequence] * 400
    content = file_bytes(structures)
    start = 0 if meta else content.index(b"\x08\x00\x16\x00UI")
    limits = ReadingLimits(header_bytes=2**19)
    study = read(write_series(phantom, tmp_path / "a", extra={"structures": content[start:]}), limits=limits)
    assert len(content) > limits.header_bytes
    assert len(study.references) == 1


def test_decimal_commas_are_decimal_points(phantom: Volume, tmp_path: Path, read: Read) -> None:
    members = {
        name: with_decimal_commas(content, ("-30.5", "1.25\\0.75")) for name, content in _members(phantom).items()
    }
    assert_same(read(write_zip(tmp_path / "a", members)), phantom)


def test_decimal_commas_in_functional_groups_are_decimal_points(phantom: Volume, tmp_path: Path, read: Read) -> None:
    content = with_decimal_commas(file_bytes(multi_frame_dataset(phantom)), ("-30.5", "1.25\\0.75"))
    assert_same(read(write_zip(tmp_path / "a", {"x": content})), phantom)


def test_a_comma_between_values_is_not_guessed(phantom: Volume, tmp_path: Path, read: Read) -> None:
    members = {name: content.replace(b"1.25\\0.75", b"1.25,0.75") for name, content in _members(phantom).items()}
    with pytest.raises(AnalysisFailed) as failed:
        read(write_zip(tmp_path / "a", members))
    assert failed.value.code is FailureCode.GEOMETRY_MISSING


def test_an_intercept_with_a_comma_that_may_group_thousands_is_not_guessed(
    phantom: Volume, tmp_path: Path, read: Read
) -> None:
    members = {name: content.replace(b"\x06\0-1024 ", b"\x06\0-1,024") for name, content in _members(phantom).items()}
    with pytest.raises(AnalysisFailed) as failed:
        read(write_zip(tmp_path / "a", members))
    assert failed.value.code is FailureCode.GEOMETRY_MISSING


@pytest.mark.parametrize("vr", ["UT", "LT", "ST", "LO", "SH", "UC", "UN"])
def test_numbers_under_another_text_vr_are_read(phantom: Volume, tmp_path: Path, read: Read, vr: str) -> None:
    datasets = slice_datasets(phantom)
    for dataset in datasets:
        for keyword in NUMBERS:
            element = dataset[keyword]
            text = "\\".join(map(str, element.value)) if element.VM > 1 else str(element.value)
            dataset.add_new(element.tag, vr, text.encode() if vr == "UN" else text)
    study = read(write_zip(tmp_path / "a", members_of(datasets)))
    assert_same(study, phantom)
    assert study.series.headers[0]["PixelSpacing"].VR == "DS"


def test_big_endian_without_meta_header_is_read(phantom: Volume, tmp_path: Path, read: Read) -> None:
    members = {str(number): without_meta(dataset) for number, dataset in enumerate(slice_datasets(phantom))}
    assert_same(read(write_zip(tmp_path / "a", members)), phantom)


@pytest.mark.parametrize("change", ["data as UN", "sequence as UN", "decimal commas", "separator at the end"])
def test_contours_in_a_deviating_encoding_give_the_same_segment(
    phantom: Volume, tmp_path: Path, read: Read, change: str
) -> None:
    structures = structure_set_dataset(phantom, {"lesion": phantom.voxels > 300})
    (truth,) = read_structures(structures, phantom)
    study = read(write_series(phantom, tmp_path / "a", extra={"structures": _changed(structures, change)}))
    (reference,) = study.references
    assert reference.dataset is not None
    (segment,) = read_structures(reference.dataset, phantom)
    assert segment.offset == truth.offset
    np.testing.assert_array_equal(segment.mask, truth.mask)


def _changed(structures: Dataset, change: str) -> bytes:
    if change == "sequence as UN":
        content = DicomBytesIO()
        content.is_implicit_VR, content.is_little_endian = True, True
        only = Dataset()
        only.ROIContourSequence = structures.ROIContourSequence
        write_dataset(content, only)
        structures.add_new(0x30060039, "OB", content.getvalue()[8:])
        return _under_un(file_bytes(structures), b"\x06\x30\x39\x00")
    for region in structures.ROIContourSequence:
        for contour in region.ContourSequence:
            text = "\\".join(map(str, contour.ContourData))
            text = text.replace(".", ",") if change == "decimal commas" else text
            text += "\\" if change == "separator at the end" else ""
            contour.add_new(0x30060050, "OB", text.encode() + b" " * (len(text) % 2))
    return _under_un(file_bytes(structures), b"\x06\x30\x50\x00")


def _under_un(content: bytes, tag: bytes) -> bytes:
    """Change the VR of elements from OB to UN, which the writer corrects: both have the same layout."""
    assert tag + b"OB" in content
    return content.replace(tag + b"OB", tag + b"UN")


def _members(phantom: Volume) -> dict[str, bytes]:
    return members_of(slice_datasets(phantom))
