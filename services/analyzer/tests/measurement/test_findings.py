from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from analyzer.detection.segmenter import Candidate, Segmentation
from analyzer.domain.result import Hounsfield
from analyzer.domain.volume import Volume
from analyzer.measurement.findings import in_reporting_order, measure_findings

MakeVolume = Callable[..., Volume]
SegmentationOf = Callable[..., Segmentation]
Offset = tuple[int, int, int]


def ramp(*shape: int) -> NDArray[np.int16]:
    return np.arange(np.prod(shape), dtype=np.int16).reshape(shape)


def block(offset: Offset, *shape: int, score: float | None = 0.9, stability: float | None = 0.5) -> Candidate:
    return Candidate(offset, np.ones(shape, dtype=np.bool_), "detected", score, stability)


def test_a_finding_has_its_position_in_voxels_and_in_patient_coordinates(
    make_volume: MakeVolume, segmentation_of: SegmentationOf
):
    volume = make_volume(ramp(8, 9, 10), spacing=(0.5, 2.0), step=3.0)
    finding = measure_findings(volume, segmentation_of(block((1, 2, 3), 3, 2, 5)))[0]
    assert finding.location.model_dump() == {"x": 5, "y": 3, "z": 2}
    assert finding.location_voxel.model_dump() == {"x": 5.0, "y": 2.5, "z": 2.0}
    assert finding.location_lps_mm.model_dump() == {"x": 2.5, "y": 5.0, "z": 6.0}
    assert finding.bounding_box_voxel.model_dump() == {"min": {"x": 3, "y": 2, "z": 1}, "max": {"x": 7, "y": 3, "z": 3}}
    assert finding.slices.model_dump() == {"first": 1, "last": 3}


def test_voxel_and_patient_positions_agree_on_uneven_tilted_slices(
    make_volume: MakeVolume, segmentation_of: SegmentationOf
):
    turned = Rotation.from_euler("xyz", [20, 30, 40], degrees=True).as_matrix()
    volume = make_volume(ramp(5, 6, 6), positions=[0, 2, 4, 9, 14], shear=0.2, rotation=turned)
    finding = measure_findings(volume, segmentation_of(block((1, 2, 2), 3, 2, 3)))[0]
    voxel, patient = finding.location_voxel, finding.location_lps_mm
    back = volume.to_patient(np.array([[voxel.x, voxel.y, voxel.z]]))[0]
    assert back == pytest.approx([patient.x, patient.y, patient.z], abs=0.005)


def test_volume_is_reported_in_mm3_and_ml(make_volume: MakeVolume, segmentation_of: SegmentationOf):
    volume = make_volume(ramp(8, 9, 10), spacing=(0.5, 2.0), step=3.0)
    finding = measure_findings(volume, segmentation_of(block((1, 2, 3), 3, 2, 5)))[0]
    assert (finding.volume, finding.volume_mm3, finding.volume_ml) == (90.0, 90.0, 0.09)


def test_hounsfield_statistics_cover_the_voxels_of_the_mask(make_volume: MakeVolume, segmentation_of: SegmentationOf):
    voxels = ramp(4, 5, 6)
    mask = np.zeros((2, 2, 2), dtype=np.bool_)
    mask[0, 0, 0] = mask[1, 0, 1] = mask[1, 1, 1] = True
    values = np.array([voxels[1, 1, 1], voxels[2, 1, 2], voxels[2, 2, 2]], dtype=np.float64)
    finding = measure_findings(make_volume(voxels), segmentation_of(Candidate((1, 1, 1), mask, "detected")))[0]
    assert finding.hu == Hounsfield(mean=values.mean(), sd=values.std(), min=values.min(), max=values.max())


def test_an_mr_has_no_hounsfield_units(make_volume: MakeVolume, segmentation_of: SegmentationOf):
    volume = make_volume(ramp(4, 5, 6), modality="MR")
    assert measure_findings(volume, segmentation_of(block((1, 1, 1), 1, 1, 1)))[0].hu is None


def test_confidence_is_score_times_stability(make_volume: MakeVolume, segmentation_of: SegmentationOf):
    finding = measure_findings(make_volume(ramp(4, 5, 6)), segmentation_of(block((1, 1, 1), 1, 1, 1)))[0]
    assert finding.confidence == pytest.approx(0.45)
    assert finding.confidence_parts.model_dump() == {"score": 0.9, "stability": 0.5}


@pytest.mark.parametrize(("stability", "confidence"), [(None, 0.9), (0.0, 0.0)])
def test_without_a_stability_the_confidence_is_the_score(
    make_volume: MakeVolume, segmentation_of: SegmentationOf, stability: float | None, confidence: float
):
    candidate = block((1, 1, 1), 1, 1, 1, stability=stability)
    assert measure_findings(make_volume(ramp(4, 5, 6)), segmentation_of(candidate))[0].confidence == confidence


def test_without_a_score_there_is_no_confidence(make_volume: MakeVolume, segmentation_of: SegmentationOf):
    candidate = Candidate((1, 1, 1), np.ones((1, 1, 1), dtype=np.bool_), "supplied")
    finding = measure_findings(make_volume(ramp(4, 5, 6)), segmentation_of(candidate))[0]
    assert finding.confidence is None
    assert finding.source == "supplied"


@pytest.mark.parametrize("offset", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (3, 1, 1), (1, 4, 1), (1, 1, 5)])
def test_a_region_at_a_border_of_the_image_is_truncated(
    make_volume: MakeVolume, segmentation_of: SegmentationOf, offset: Offset
):
    assert measure_findings(make_volume(ramp(4, 5, 6)), segmentation_of(block(offset, 1, 1, 1)))[0].truncated


def test_an_empty_margin_at_the_border_does_not_truncate_a_region(
    make_volume: MakeVolume, segmentation_of: SegmentationOf
):
    mask = np.zeros((4, 5, 6), dtype=np.bool_)
    mask[1:3, 1:4, 1:5] = True
    finding = measure_findings(make_volume(ramp(4, 5, 6)), segmentation_of(Candidate((0, 0, 0), mask, "detected")))[0]
    assert not finding.truncated
    assert finding.slices.model_dump() == {"first": 1, "last": 2}


@pytest.mark.parametrize(("first", "slices", "crosses"), [(0, 2, False), (1, 2, True), (2, 2, False), (0, 4, True)])
def test_only_a_region_on_both_sides_of_missing_slices_has_a_gap(
    make_volume: MakeVolume, segmentation_of: SegmentationOf, first: int, slices: int, crosses: bool
):
    volume = make_volume(ramp(4, 5, 6), positions=[0, 2, 6, 8])
    assert measure_findings(volume, segmentation_of(block((first, 1, 1), slices, 1, 1)))[0].gap is crosses


def test_lossy_pixels_are_reported(make_volume: MakeVolume, segmentation_of: SegmentationOf):
    volume = make_volume(ramp(4, 5, 6), lossy=True)
    assert measure_findings(volume, segmentation_of(block((1, 1, 1), 1, 1, 1)))[0].lossy


def test_findings_are_ordered_by_type_volume_and_position(make_volume: MakeVolume, segmentation_of: SegmentationOf):
    organ = Candidate((0, 0, 0), np.ones((4, 4, 4), dtype=np.bool_), "supplied", type="structure")
    small_low, small_high, large = block((1, 1, 1), 1, 1, 2), block((3, 1, 1), 1, 2, 1), block((2, 2, 2), 2, 2, 2)
    empty = Candidate((1, 1, 1), np.zeros((1, 1, 1), dtype=np.bool_), "detected")
    volume = make_volume(ramp(6, 6, 6))
    given = segmentation_of(small_high, organ, empty, small_low, large)
    findings = measure_findings(volume, given)
    assert [(each.id, each.type, each.volume) for each in findings] == [
        ("finding-1", "lesion", 8.0),
        ("finding-2", "lesion", 2.0),
        ("finding-3", "lesion", 2.0),
        ("finding-4", "structure", 64.0),
    ]
    assert [each.slices.first for each in findings] == [2, 1, 3, 0]
    assert [each.offset[0] for each in in_reporting_order(volume, given).candidates] == [2, 1, 3, 0]
