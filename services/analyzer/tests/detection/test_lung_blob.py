"""Guarantees of the default detector, on phantoms with known ground truth."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from analyzer import messages
from analyzer.detection.lung_blob import LungBlob
from analyzer.detection.segmenter import Segmentation
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.result import Finding
from analyzer.domain.volume import Volume
from testkit.images.phantom import Nodule, Phantom, chest_phantom, small_chest

Find = Callable[[Volume], list[Finding]]

LEFT_MM = (64.0, 20.0, 2.0)
RIGHT_MM = (-64.0, -25.0, -10.0)


def centre_error(finding: Finding, phantom: Phantom, nodule: int = 0) -> float:
    at = finding.location_lps_mm
    return float(np.linalg.norm(np.array([at.x, at.y, at.z]) - phantom.nodules[nodule].centre_mm))


def confidence(findings: list[Finding]) -> float:
    (finding,) = findings
    assert finding.confidence is not None
    return finding.confidence


def bytes_of(segmentation: Segmentation) -> list[tuple[object, ...]]:
    return [
        (each.offset, each.mask.shape, each.mask.tobytes(), each.score, each.stability, tuple(each.features.items()))
        for each in segmentation.candidates
    ]


def chest(slice_mm: float = 2.0, diameter_mm: float = 12.0, noise_hu: float = 20.0) -> Phantom:
    """A chest of 128 mm without vessels, with one nodule in the middle of a lung."""
    return chest_phantom(
        4,
        shape=(round(128 / slice_mm), 160, 160),
        spacing=(2.0, 2.0, slice_mm),
        nodules=[Nodule(diameter_mm, centre_mm=LEFT_MM)],
        noise_hu=noise_hu,
        vessels=0,
    )


def test_a_12_mm_nodule_is_the_only_finding_within_2_mm_and_25_percent(find: Find) -> None:
    phantom = small_chest()
    (finding,) = find(phantom.volume)
    assert centre_error(finding, phantom) < 2
    assert finding.volume_mm3 == pytest.approx(phantom.nodules[0].volume_mm3, rel=0.25)


def test_a_nodule_from_1_ml_is_measured_within_15_percent(find: Find) -> None:
    phantom = small_chest(nodules=(20.0,))
    (finding,) = find(phantom.volume)
    assert finding.volume_mm3 == pytest.approx(phantom.nodules[0].volume_mm3, rel=0.15)


def test_a_chest_of_vessels_has_no_finding(find: Find) -> None:
    assert find(chest_phantom(5, shape=(64, 200, 200), spacing=(1.5, 1.5, 1.5), vessels=28).volume) == []


def test_noise_of_60_hu_neither_hides_nor_creates_findings(find: Find) -> None:
    phantom = small_chest(nodules=(12.0,), noise_hu=60)
    (finding,) = find(phantom.volume)
    assert centre_error(finding, phantom) < 2


def test_a_nodule_on_thick_slices_is_found(find: Find) -> None:
    phantom = chest(slice_mm=5, diameter_mm=14)
    (finding,) = find(phantom.volume)
    assert centre_error(finding, phantom) < 2


@pytest.mark.parametrize("off_slice_mm", [0, 1.25, 2.5])
def test_the_volume_of_a_small_nodule_is_independent_of_the_slice_positions(find: Find, off_slice_mm: float) -> None:
    middle_of_a_slice = (*LEFT_MM[:2], 2.5 + off_slice_mm)
    phantom = chest_phantom(
        4,
        shape=(26, 160, 160),
        spacing=(2.0, 2.0, 5.0),
        nodules=[Nodule(9, centre_mm=middle_of_a_slice)],
        noise_hu=20,
        vessels=0,
    )
    (finding,) = find(phantom.volume)
    assert finding.volume_mm3 == pytest.approx(phantom.nodules[0].volume_mm3, rel=0.15)


def test_a_nodule_below_the_resolution_is_not_reported(find: Find) -> None:
    assert find(chest(slice_mm=5, diameter_mm=6).volume) == []


def test_unevenly_spaced_slices_change_neither_position_nor_volume_of_a_nodule(find: Find) -> None:
    every_2_mm = np.arange(64) * 2.0 - 63
    uneven = np.delete(every_2_mm, range(27, 40, 2))
    phantom = chest_phantom(
        4,
        shape=(len(uneven), 160, 160),
        spacing=(2.0, 2.0, 2.0),
        slice_positions=uneven.tolist(),
        nodules=[Nodule(16, centre_mm=LEFT_MM)],
        vessels=0,
    )
    (finding,) = find(phantom.volume)
    assert centre_error(finding, phantom) < 2
    assert finding.volume_mm3 == pytest.approx(phantom.nodules[0].volume_mm3, rel=0.15)
    (candidate,) = LungBlob().segment(phantom.volume, lambda _share: None).candidates
    assert candidate.features["elongation"] * candidate.features["flatness"] < 1.25


def test_gantry_tilt_changes_neither_position_nor_volume_of_a_nodule(find: Find) -> None:
    phantom = chest_phantom(
        4,
        shape=(64, 160, 160),
        spacing=(2.0, 2.0, 2.0),
        gantry_tilt_degrees=20,
        nodules=[Nodule(12, centre_mm=RIGHT_MM)],
        vessels=0,
    )
    (finding,) = find(phantom.volume)
    assert centre_error(finding, phantom) < 2
    (candidate,) = LungBlob().segment(phantom.volume, lambda _share: None).candidates
    assert candidate.features["elongation"] < 1.1


def test_a_lung_truncated_by_the_field_of_view_is_searched(find: Find) -> None:
    phantom = chest()
    whole = phantom.volume
    kept = slice(70, 140)
    shift = np.array([kept.start * whole.pixel_spacing[0], 40 * whole.pixel_spacing[1], 0])
    cut = replace(whole, voxels=whole.voxels[:, 40:120, kept], origins=whole.origins + shift)
    (finding,) = find(cut)
    assert centre_error(finding, phantom) < 2


def test_two_runs_give_the_same_bytes() -> None:
    volume = small_chest(nodules=(12.0, 8.0)).volume
    first, second = (LungBlob().segment(volume, lambda _share: None) for _ in range(2))
    assert len(first.candidates) == 2
    assert bytes_of(first) == bytes_of(second)
    assert first.parameters == second.parameters


def test_confidence_falls_with_slice_thickness_and_size(find: Find) -> None:
    by_slice = [confidence(find(chest(slice_mm=mm).volume)) for mm in (1, 2.5, 5)]
    by_size = [confidence(find(chest(diameter_mm=mm).volume)) for mm in (20, 12, 8)]
    assert by_slice == sorted(by_slice, reverse=True)
    assert by_size == sorted(by_size, reverse=True)
    assert len({*by_slice}) == len({*by_size}) == 3


def test_progress_never_falls_and_ends_at_one() -> None:
    shares: list[float] = []
    LungBlob().segment(small_chest().volume, shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_every_constant_is_in_the_parameters() -> None:
    parameters = LungBlob().segment(small_chest().volume, lambda _share: None).parameters
    assert parameters["lung_air_below_hu"] == -400
    assert json.loads(json.dumps(parameters)) == parameters
    assert "weights" in parameters


@pytest.mark.parametrize("modality", ["MR", "PT", ""])
def test_other_modalities_are_not_applicable(modality: str) -> None:
    assert LungBlob().applies(replace(small_chest().volume, modality=modality)) == messages.NOT_CT


def test_seven_slices_are_not_applicable() -> None:
    volume = small_chest().volume
    thin = replace(volume, voxels=volume.voxels[:7], origins=volume.origins[:7])
    assert LungBlob().applies(thin) == messages.TOO_FEW_SLICES_OF_LUNG


def test_a_body_without_lungs_is_not_applicable_instead_of_empty() -> None:
    volume = chest_phantom(1, shape=(40, 100, 100), spacing=(3, 3, 3), with_lungs=False).volume
    assert LungBlob().applies(volume) == messages.NO_LUNGS
    with pytest.raises(AnalysisFailed) as failed:
        LungBlob().segment(volume, lambda _share: None)
    assert failed.value.code is FailureCode.NOT_APPLICABLE


def test_a_chest_is_applicable() -> None:
    assert LungBlob().applies(small_chest().volume) is None
