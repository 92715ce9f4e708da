"""Properties of the phantom that the other tests rely on."""

import numpy as np
import pytest
from numpy.typing import NDArray

from testkit.images.phantom import Nodule, chest_phantom, small_chest

LEFT_MM = (64.0, 20.0, 2.0)


def test_the_same_arguments_give_the_same_bytes() -> None:
    first, second = small_chest(3), small_chest(3)
    assert first.volume.voxels.tobytes() == second.volume.voxels.tobytes()
    assert first.nodules[0].centre_mm == second.nodules[0].centre_mm
    assert first.volume.voxels.tobytes() != small_chest(4).volume.voxels.tobytes()


def test_a_nodule_has_its_stated_volume_and_centre() -> None:
    shape = Nodule(15, elongation=1.4, lobulation=0.1, centre_mm=LEFT_MM)
    phantom = chest_phantom(2, shape=(60, 300, 300), nodules=[shape], spacing=(1, 1, 1), vessels=0)
    inside = np.argwhere(phantom.labels == 1)
    assert len(inside) == pytest.approx(phantom.nodules[0].volume_mm3, rel=0.02)
    centre = phantom.volume.to_patient(inside.mean(axis=0)[np.newaxis, ::-1])[0]
    np.testing.assert_allclose(centre, LEFT_MM, atol=0.2)


def test_partial_volume_and_blur_preserve_the_integral_of_a_nodule() -> None:
    def voxels(*nodules: Nodule) -> NDArray[np.float64]:
        made = chest_phantom(2, shape=(30, 160, 160), spacing=(2, 2, 4), nodules=nodules, noise_hu=0, vessels=0)
        return made.volume.voxels.astype(np.float64)

    added = voxels(Nodule(6, contrast_hu=800, centre_mm=LEFT_MM)) - voxels()
    mass = added.sum() * 2 * 2 * 4 / 800
    assert mass == pytest.approx(np.pi / 6 * 6**3, rel=0.05)


def test_the_lungs_hold_at_least_150_ml_each() -> None:
    volume = small_chest(nodules=()).volume
    lung = (volume.voxels > -920) & (volume.voxels < -700)
    for side in (slice(0, 80), slice(80, 160)):
        assert np.count_nonzero(lung[:, :, side]) * 8 / 1000 > 150


def test_noise_has_the_requested_standard_deviation() -> None:
    voxels = chest_phantom(2, shape=(20, 160, 160), spacing=(2, 2, 4), noise_hu=80, with_lungs=False).volume.voxels
    assert voxels[:, 60:100, 60:100].std() == pytest.approx(80, rel=0.05)


def test_a_nodule_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        small_chest(nodules=(120.0,))
