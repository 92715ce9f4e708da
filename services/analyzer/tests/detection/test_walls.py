"""Nodules on the pleura, hollow ones and ground glass."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analyzer.domain.result import Finding
from analyzer.domain.volume import Volume
from testkit.images.phantom import Nodule, Phantom, chest_phantom
from tools.evaluation.real_scans import judge, read_truths

Find = Callable[[Volume], list[Finding]]

LATERAL_PLEURA_MM = 112.0
IN_LUNG_MM = (64.0, 20.0, 2.0)


def chest(nodule: Nodule) -> Phantom:
    return chest_phantom(4, shape=(64, 160, 160), spacing=(2, 2, 2), nodules=[nodule], noise_hu=20, vessels=0)


def distance(finding: Finding, place: tuple[float, float, float]) -> float:
    at = finding.location_lps_mm
    return float(np.linalg.norm(np.array([at.x, at.y, at.z]) - place))


@pytest.mark.parametrize("diameter_mm", [10, 16])
def test_a_nodule_on_the_pleura_is_found_without_the_wall(find: Find, diameter_mm: float) -> None:
    centre = (LATERAL_PLEURA_MM - 0.4 * diameter_mm, 0.0, 2.0)
    phantom = chest(Nodule(diameter_mm, centre_mm=centre))
    (finding,) = find(phantom.volume)
    assert distance(finding, centre) < diameter_mm / 4
    assert finding.volume_mm3 == pytest.approx(phantom.nodules[0].volume_mm3, rel=0.35)


def test_the_hole_of_a_hollow_nodule_belongs_to_it(find: Find) -> None:
    phantom = chest(Nodule(18, centre_mm=IN_LUNG_MM))
    z, y, x = (axis * 2.0 - (n - 1) for axis, n in zip(np.indices((64, 160, 160)), (64, 160, 160), strict=True))
    hole = np.sqrt((x - IN_LUNG_MM[0]) ** 2 + (y - IN_LUNG_MM[1]) ** 2 + (z - IN_LUNG_MM[2]) ** 2) < 5.5
    hollow = replace(phantom.volume, voxels=np.where(hole, np.int16(-950), phantom.volume.voxels))
    (finding,) = find(hollow)
    assert distance(finding, IN_LUNG_MM) < 2
    assert finding.volume_mm3 == pytest.approx(phantom.nodules[0].volume_mm3, rel=0.2)


def test_ground_glass_is_found_from_6_mm(find: Find) -> None:
    (finding,) = find(chest(Nodule(14, contrast_hu=200, centre_mm=IN_LUNG_MM)).volume)
    assert distance(finding, IN_LUNG_MM) < 2
    assert find(chest(Nodule(5, contrast_hu=200, centre_mm=IN_LUNG_MM)).volume) == []


def test_a_real_spiculated_tumour_near_the_apex_is_found(find: Find, shared_data: Path) -> None:
    truth, volume = next(each for each in read_truths(shared_data / "lidc") if each[0].name == "qin0088")
    (hit,) = judge(truth, find(volume)).hits
    assert hit is not None
    assert hit.volume_mm3 == pytest.approx(truth.nodules[0].volume_mm3, rel=0.3)
