"""Files beside the images: references are read, other files are counted by reason."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, uid
from pydicom.encaps import encapsulate, generate_frames

from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.study import Study
from analyzer.domain.volume import Volume
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.study_reader import read_study
from testkit.images.dicom_datasets import slice_datasets
from testkit.images.dicom_files import file_bytes, series_members, write_series, write_zip
from testkit.images.dicom_segmentations import segmentation_dataset, structure_set_dataset
from testkit.images.dicom_syntaxes import encoded
from testkit.images.nifti_files import write_nifti

Read = Callable[..., Study]


@pytest.fixture(scope="module")
def mask(phantom: Volume) -> np.ndarray:
    return phantom.voxels > 200


def other(phantom: Volume, **changes: object) -> bytes:
    """One slice with other attributes, such as another SOP class."""
    dataset = slice_datasets(phantom)[0]
    for keyword, value in changes.items():
        setattr(dataset, keyword, value)
    dataset.file_meta.MediaStorageSOPClassUID = uid.UID(dataset.SOPClassUID)
    return file_bytes(dataset)


def report(phantom: Volume, sop_class: uid.UID) -> bytes:
    dataset = slice_datasets(phantom)[0]
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = sop_class
    for keyword in ("PixelData", "Rows", "Columns"):
        del dataset[keyword]
    return file_bytes(dataset)


def zip_bytes(tmp_path: Path) -> bytes:
    return write_zip(tmp_path / "inner", {"x": b"y"}).read_bytes()


def test_ignored_files_are_counted_by_reason(phantom: Volume, tmp_path: Path, read: Read) -> None:
    extra = {
        "readme.dcm": "Это не снимок, а текст. ".encode() * 50,
        "viewer.exe": b"MZ" + bytes(range(256)) * 10,
        "empty.dcm": b"",
        "inner.zip": zip_bytes(tmp_path),
        "DICOMDIR": report(phantom, uid.MediaStorageDirectoryStorage),
        "report": report(phantom, uid.BasicTextSRStorage),
        "pdf": report(phantom, uid.EncapsulatedPDFStorage),
        "presentation": report(phantom, uid.GrayscaleSoftcopyPresentationStateStorage),
        "screen": other(phantom, SOPClassUID=uid.SecondaryCaptureImageStorage),
        "scout": other(phantom, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]),
        "picture": other(phantom, PhotometricInterpretation="RGB", SamplesPerPixel=3, PlanarConfiguration=0),
        "cut": other(phantom)[:-1000],
    }
    study = read(write_series(phantom, tmp_path / "a", extra=extra))
    np.testing.assert_array_equal(study.series.volume.voxels, phantom.voxels)
    assert study.ignored == {
        "colour_image": 1,
        "damaged": 1,
        "dicom_directory": 1,
        "empty": 1,
        "localizer": 1,
        "nested_archive": 1,
        "not_an_image": 2,
        "other_dicom_object": 1,
        "report": 2,
        "secondary_capture": 1,
    }
    assert study.used == 12
    assert [notice.code for notice in study.warnings] == ["DAMAGED_FILES"]


@pytest.mark.parametrize("syntax", [uid.ImplicitVRLittleEndian, uid.DeflatedExplicitVRLittleEndian], ids=str)
def test_dicom_references_are_read_completely(
    phantom: Volume, mask: np.ndarray, tmp_path: Path, read: Read, syntax: uid.UID
) -> None:
    segmentation = segmentation_dataset(slice_datasets(phantom), {"a": mask})
    structures = structure_set_dataset(phantom, {"a": mask})
    structures.file_meta.TransferSyntaxUID = syntax
    segmentation.file_meta.TransferSyntaxUID = syntax
    extra = {"seg": file_bytes(segmentation), "rt": file_bytes(structures)}
    study = read(write_series(phantom, tmp_path / "a", extra=extra))
    found: dict[str, Dataset] = {
        reference.dataset.Modality: reference.dataset for reference in study.references if reference.dataset
    }
    assert found["SEG"].pixel_array.sum() == mask.sum()
    assert len(found["RTSTRUCT"].ROIContourSequence[0].ContourSequence) == mask.any(axis=(1, 2)).sum()
    assert study.used == 14


def test_a_compressed_segmentation_is_collected(phantom: Volume, mask: np.ndarray, tmp_path: Path, read: Read) -> None:
    segmentation = segmentation_dataset(slice_datasets(phantom), {"a": mask}, fractional=True)
    extra = {"seg": file_bytes(encoded(segmentation, uid.RLELossless))}
    (reference,) = read(write_series(phantom, tmp_path / "a", extra=extra)).references
    assert reference.dataset is not None
    assert (reference.dataset.pixel_array > 0).sum() == mask.sum()


@pytest.mark.parametrize(("cut", "damaged"), [(2, {}), (60, {"damaged": 1})], ids=["end marker", "content"])
def test_a_segmentation_may_lack_the_end_marker_of_its_frames_but_nothing_else(
    phantom: Volume, mask: np.ndarray, tmp_path: Path, read: Read, cut: int, damaged: dict[str, int]
) -> None:
    segmentation = encoded(
        segmentation_dataset(slice_datasets(phantom), {"a": mask}, fractional=True), uid.JPEG2000Lossless
    )
    frames = generate_frames(segmentation.PixelData, number_of_frames=int(segmentation.NumberOfFrames))
    segmentation.PixelData = encapsulate([frame[: frame.rindex(b"\xff\xd9") + 2 - cut] for frame in frames])
    study = read(write_series(phantom, tmp_path / "a", extra={"seg": file_bytes(segmentation)}))
    assert study.ignored == damaged
    assert len(study.references) == 1 - len(damaged)


def test_a_binary_nifti_is_a_reference_on_its_own_grid(
    phantom: Volume, mask: np.ndarray, tmp_path: Path, read: Read
) -> None:
    nifti = write_nifti(phantom, tmp_path / "m.nii.gz", voxels=mask.astype(np.uint8), axes=(2, 0, 1))
    study = read(write_series(phantom, tmp_path / "a"), nifti)
    (reference,) = study.references
    assert reference.nifti is not None
    np.testing.assert_array_equal(reference.nifti.voxels, mask)
    np.testing.assert_allclose(reference.nifti.origins, phantom.origins, atol=1e-4)
    assert study.used == 13


def test_a_mask_alone_fails_as_no_image(phantom: Volume, mask: np.ndarray, tmp_path: Path, read: Read) -> None:
    with pytest.raises(AnalysisFailed) as failed:
        read(write_nifti(phantom, tmp_path / "m.nii", voxels=mask.astype(np.int16)))
    assert failed.value.code is FailureCode.NO_IMAGE


def test_headers_hold_neither_pixels_nor_private_elements(phantom: Volume, tmp_path: Path, read: Read) -> None:
    study = read(write_series(phantom, tmp_path / "a", canary="CANARY"))
    header = study.series.headers[0]
    assert "PixelData" not in header
    assert not any(element.tag.is_private for element in header)
    assert header.PatientName == "CANARY"
    assert header.SOPInstanceUID == slice_datasets(phantom)[0].SOPInstanceUID


def test_the_representation_of_a_study_does_not_identify_the_patient(
    phantom: Volume, tmp_path: Path, read: Read, caplog: pytest.LogCaptureFixture
) -> None:
    canary = "CANARY.123456789"
    broken = slice_datasets(phantom)[0]
    content = file_bytes(broken).replace(b"20240101", b"CANARY.9")
    path = write_series(phantom, tmp_path / "a", canary=canary, extra={f"{canary}.dcm": content, canary: b"rubbish"})
    study = read(path)
    shown = repr((study, study.series, study.not_analysed, study.ignored, study.warnings, caplog.text))
    assert "CANARY" not in shown
    assert broken.StudyInstanceUID not in shown
    assert broken.SeriesInstanceUID not in shown


def test_invalid_values_are_read_without_quoting_them_in_warnings(
    phantom: Volume, tmp_path: Path, read: Read, caplog: pytest.LogCaptureFixture
) -> None:
    """The parsing library would quote the value in a warning."""
    changed = {
        name: content.replace(b"1.2.826.0.1.3680043.8.498.", b"CANARY of somebody's name ")
        for name, content in series_members(phantom).items()
    }
    study = read(write_zip(tmp_path / "a", changed))
    np.testing.assert_array_equal(study.series.volume.voxels, phantom.voxels)
    assert "CANARY" not in caplog.text


def test_progress_has_the_stages_verify_index_and_decode(phantom: Volume, tmp_path: Path) -> None:
    reported: list[tuple[str, float]] = []
    path = write_series(phantom, tmp_path / "a")
    read_study([path], ReadingLimits(), lambda stage, share: reported.append((stage, share)), b"k")
    assert list(dict.fromkeys(stage for stage, _ in reported)) == ["verify", "index", "decode"]
    for stage in ("verify", "index", "decode"):
        shares = [share for name, share in reported if name == stage]
        assert shares == sorted(shares)
        assert shares[-1] == 1.0
