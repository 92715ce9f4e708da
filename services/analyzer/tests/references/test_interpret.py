import copy
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.uid import JPEGBaseline8Bit

from analyzer.domain.study import AnalysisWarning, ReferenceFile, Series, Study
from analyzer.references.interpret import interpret, interpret_references
from analyzer.references.segment import OTHER_IMAGE, UNREADABLE, UNSUPPORTED, ReferenceIgnored
from testkit.images.dicom_datasets import SeriesIdentity

Mask = NDArray[np.bool_]
WriteSeg = Callable[..., Dataset]
WriteStructures = Callable[..., Dataset]


def frames_of(mask: Mask) -> list[tuple[int, int, Mask]]:
    return [(1, k, plane) for k, plane in enumerate(mask) if plane.any()]


@pytest.fixture
def seg(series: Series, mask: Mask, write_seg: WriteSeg) -> Dataset:
    return write_seg(series.volume, frames_of(mask))


@pytest.fixture
def structures(series: Series, write_structures: WriteStructures) -> Dataset:
    square = series.volume.to_patient(np.array([[2.0, 2, 2], [8, 2, 2], [8, 6, 2], [2, 6, 2]]))
    return write_structures({"GTV": [square]})


def warning_of(dataset: Dataset, series: Series) -> AnalysisWarning:
    with pytest.raises(ReferenceIgnored) as ignored:
        interpret(ReferenceFile(dataset), series)
    return ignored.value.warning


def test_a_reference_with_another_frame_of_reference_is_ignored(
    series: Series, mask: Mask, write_seg: WriteSeg, write_structures: WriteStructures
):
    elsewhere = SeriesIdentity(seed="somebody else")
    assert warning_of(write_seg(series.volume, frames_of(mask), identity=elsewhere), series) == OTHER_IMAGE
    assert warning_of(write_structures({}, identity=elsewhere), series) == OTHER_IMAGE


def test_a_reference_to_another_series_with_the_same_frame_of_reference_is_used(
    series: Series, mask: Mask, write_seg: WriteSeg
):
    sibling = write_seg(series.volume, frames_of(mask), identity=SeriesIdentity(series="2"))
    assert len(interpret(ReferenceFile(sibling), series)) == 1


@pytest.mark.parametrize("named_by", ["series", "instance"])
def test_a_reference_to_this_series_is_used_despite_another_frame_of_reference(
    series: Series, seg: Dataset, named_by: str
):
    seg.FrameOfReferenceUID = "1.2.3"
    if named_by == "instance":
        instance = Dataset()
        instance.ReferencedSOPInstanceUID = series.headers[2].SOPInstanceUID
        seg.ReferencedSeriesSequence[0].SeriesInstanceUID = "1.2.4"
        seg.ReferencedSeriesSequence[0].ReferencedInstanceSequence = [instance]
    assert len(interpret(ReferenceFile(seg), series)) == 1


def test_a_structure_set_references_its_series_in_nested_sequences(series: Series, structures: Dataset):
    structures.FrameOfReferenceUID = "1.2.3"
    assert warning_of(structures, series) == OTHER_IMAGE
    frame, study, referenced = Dataset(), Dataset(), Dataset()
    referenced.SeriesInstanceUID = series.headers[0].SeriesInstanceUID
    study.RTReferencedSeriesSequence, frame.RTReferencedStudySequence = [referenced], [study]
    structures.ReferencedFrameOfReferenceSequence = [frame]
    assert len(interpret(ReferenceFile(structures), series)) == 1


def test_without_a_frame_of_reference_the_referenced_uids_decide(series: Series, mask: Mask, write_seg: WriteSeg):
    nameless = replace(series, volume=replace(series.volume, frame_of_reference=""))
    assert len(interpret(ReferenceFile(write_seg(series.volume, frames_of(mask))), nameless)) == 1
    sibling = write_seg(series.volume, frames_of(mask), identity=SeriesIdentity(series="2"))
    assert warning_of(sibling, nameless) == OTHER_IMAGE


def test_an_image_without_uids_uses_overlapping_references(series: Series, seg: Dataset):
    nifti = replace(series, headers=[], frames=[], volume=replace(series.volume, frame_of_reference=""))
    assert len(interpret(ReferenceFile(seg), nifti)) == 1


def test_an_unusable_reference_gives_a_warning_and_the_others_are_used(
    series: Series, seg: Dataset, structures: Dataset
):
    del seg.SegmentSequence
    study = Study(series, [], [ReferenceFile(seg), ReferenceFile(structures)], 8, {}, [])
    references = interpret_references(study)
    assert references.warnings == [UNREADABLE]
    assert len(references.segments) == 1


def test_an_unsupported_encoding_gives_a_warning(series: Series, seg: Dataset):
    seg.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    assert warning_of(seg, series) == UNSUPPORTED


def test_two_frames_of_a_segment_at_one_position_are_unsupported(series: Series, mask: Mask, write_seg: WriteSeg):
    frames = frames_of(mask)
    assert warning_of(write_seg(series.volume, [*frames, frames[0]]), series) == UNSUPPORTED


def set_position(seg: Dataset, value: str) -> None:
    seg.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0].ImagePositionPatient = [value, "0", "0"]


def set_spacing(seg: Dataset, value: str) -> None:
    seg.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing = [value, "1"]


def set_orientation(seg: Dataset, *cosines: str) -> None:
    seg.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence[0].ImageOrientationPatient = list(cosines)


Spoil = Callable[[Dataset], None]
WAYS_TO_SPOIL: dict[str, Spoil] = {
    "pixels cut off": lambda seg: setattr(seg, "PixelData", seg.PixelData[:10]),
    "fewer frames than described": lambda seg: setattr(seg, "NumberOfFrames", 1),
    "two thousand million frames": lambda seg: setattr(seg, "NumberOfFrames", 2_000_000_000),
    "no rows": lambda seg: setattr(seg, "Rows", 0),
    "too many rows": lambda seg: setattr(seg, "Rows", 65535),
    "fractions of nothing": lambda seg: setattr(seg, "SegmentationType", "FRACTIONAL"),
    "no pixel size": lambda seg: set_spacing(seg, "0"),
    "negative pixel size": lambda seg: set_spacing(seg, "-1"),
    "parallel directions": lambda seg: set_orientation(seg, "1", "0", "0", "1", "0", "0"),
    "half an orientation": lambda seg: set_orientation(seg, "1", "0", "0"),
    "no geometry": lambda seg: delattr(seg, "SharedFunctionalGroupsSequence"),
    "no frames described": lambda seg: delattr(seg, "PerFrameFunctionalGroupsSequence"),
    "no position": lambda seg: delattr(seg.PerFrameFunctionalGroupsSequence[1], "PlanePositionSequence"),
}


@pytest.mark.parametrize("way", WAYS_TO_SPOIL)
def test_a_malformed_segmentation_gives_the_warning_unreadable(series: Series, seg: Dataset, way: str):
    WAYS_TO_SPOIL[way](seg)
    assert warning_of(seg, series) == UNREADABLE


def every_element(dataset: Dataset) -> Iterator[tuple[Dataset, DataElement]]:
    for element in dataset:
        yield dataset, element
        if element.VR == "SQ":
            for item in element.value:
                yield from every_element(item)


def as_in_a_file(element: DataElement, content: bytes) -> RawDataElement:
    return RawDataElement(
        element.tag, element.VR, len(content), content, value_tell=0, is_implicit_VR=False, is_little_endian=True
    )


def corrupt(dataset: Dataset, at: int, content: bytes | None) -> None:
    """Replace the value of the element by raw bytes, or delete the element."""
    elements = list(every_element(dataset))
    owner, element = elements[at % len(elements)]
    if content is None:
        del owner[element.tag]
    else:
        owner[element.tag] = as_in_a_file(element, content)


NONSENSE = [None, b"", b"\x00\xff", b"nonsense", b"nan", b"-1", b"1\\x", b"9" * 400, b"\xff" * 8, b"\0" * 16]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, 200), st.sampled_from(NONSENSE), st.sampled_from(["seg", "structures"]))
def test_no_malformed_dataset_raises_another_error(
    series: Series, seg: Dataset, structures: Dataset, at: int, content: bytes | None, which: str
):
    dataset = copy.deepcopy(seg if which == "seg" else structures)
    corrupt(dataset, at, content)
    references = interpret_references(Study(series, [], [ReferenceFile(dataset)], 8, {}, []))
    assert bool(references.segments) != bool(references.warnings)


def test_the_log_does_not_quote_malformed_values(series: Series, seg: Dataset, caplog: pytest.LogCaptureFixture):
    referenced = seg.ReferencedSeriesSequence[0]
    referenced["SeriesInstanceUID"] = as_in_a_file(referenced["SeriesInstanceUID"], b"CANARY")
    with caplog.at_level("DEBUG"):
        assert len(interpret(ReferenceFile(seg), series)) == 1
    assert "CANARY" not in caplog.text
