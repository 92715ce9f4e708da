"""A real CT of lung bases without a known nodule, documented in `../shared/data/README.md`."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from analyzer.detection.lung_blob.lungs import find_lungs
from analyzer.detection.lung_blob.parameters import Parameters
from analyzer.detection.lung_blob.scan import Scan
from analyzer.domain.result import Finding
from analyzer.domain.volume import Volume
from testkit.images.phantom import Nodule
from testkit.images.phantom_nodules import PlacedNodule
from tools.evaluation.injection import inject, lung_depth, read_volume

Find = Callable[[Volume], list[Finding]]


@pytest.fixture
def trunk(shared_data: Path) -> Volume:
    return read_volume(shared_data / "ct_trunk_3mm.nii.gz")


def test_lung_bases_are_segmented_as_lungs_and_bowel_gas_is_not(trunk: Volume) -> None:
    lungs = find_lungs(Scan.of(trunk), Parameters())
    assert lungs is not None
    litres = np.count_nonzero(lungs.mask) * float(np.prod(lungs.step)) / 1e6
    assert 0.08 < litres < 0.15
    assert not lungs.mask[: len(lungs.mask) // 2].any()


def test_no_more_than_two_findings_where_no_nodule_is_known(trunk: Volume, find: Find) -> None:
    assert len(find(trunk)) <= 2


def test_a_nodule_injected_into_a_real_lung_is_found(trunk: Volume, find: Find) -> None:
    depth = lung_depth(trunk)
    deepest = np.array(np.unravel_index(depth.argmax(), depth.shape), dtype=np.float64)[::-1]
    x, y, z = (float(c) for c in trunk.to_patient(deepest[np.newaxis])[0])
    phantom = inject(trunk, PlacedNodule(Nodule(10), (x, y, z), np.eye(3)))
    (finding,) = find(phantom.volume)
    at = finding.location_lps_mm
    assert np.linalg.norm(np.array([at.x - x, at.y - y, at.z - z])) < 2
