"""What counts as lungs, and what does not."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analyzer import messages
from analyzer.detection.lung_blob import LungBlob
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.result import Finding
from testkit.images.phantom import Nodule, chest_phantom
from testkit.images.phantom_solids import empty_volume, painted
from tools.evaluation.injection import read_volume
from tools.evaluation.lung_cases import SHAPE, SPACING, difficult_chests, without_lungs

Find = Callable[..., list[Finding]]


@pytest.mark.parametrize("name", without_lungs())
def test_air_that_is_no_lung_is_not_applicable_instead_of_empty(name: str) -> None:
    image = painted(empty_volume(SHAPE, SPACING), without_lungs()[name], noise_hu=25)
    assert LungBlob().applies(image) == messages.NO_LUNGS
    with pytest.raises(AnalysisFailed) as failed:
        LungBlob().segment(image, lambda _share: None)
    assert failed.value.code is FailureCode.NOT_APPLICABLE


def test_lungs_are_found_among_open_airways_furniture_and_truncation() -> None:
    missed = [name for name, chest in difficult_chests() if LungBlob().applies(chest) is not None]
    assert missed == []


def test_a_real_limb_has_no_lungs(shared_data: Path) -> None:
    assert LungBlob().applies(read_volume(shared_data / "sts019_ct.nii.gz")) == messages.NO_LUNGS


def test_a_nodule_is_found_where_the_trachea_is_open_to_the_outside(find: Find) -> None:
    chest = chest_phantom(
        4, shape=(40, 160, 160), spacing=(2, 2, 3), nodules=[Nodule(14, centre_mm=(64, 20, 2))]
    ).volume
    channel = chest.voxels.copy()
    channel[25:33, 0:80, 76:84] = -1000
    channel[25:33, 72:80, 45:115] = -1000
    opened = replace(chest, voxels=channel)
    places = [np.array([f.location_lps_mm.x, f.location_lps_mm.y, f.location_lps_mm.z]) for f in find(opened)]
    assert any(np.linalg.norm(place - [64, 20, 2]) < 2 for place in places)
