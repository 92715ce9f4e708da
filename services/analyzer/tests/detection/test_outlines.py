"""The outline of an object is compared with its definition, in which the whole opening is computed first."""

from collections.abc import Iterator

import numpy as np
import pytest
from scipy import ndimage

from analyzer.detection.lung_blob.morphology import FULLY_CONNECTED, Mask, connected_components, touches_border
from analyzer.detection.lung_blob.outlines import outline_at
from analyzer.detection.lung_blob.parameters import Parameters
from analyzer.detection.lung_blob.patch_grid import patch_grid
from analyzer.detection.lung_blob.patches import Patch

PARAMETERS = Parameters()
LEVELS = (-900.0, -500.0, 0.0, 700.0)


def patches() -> Iterator[Patch]:
    """Yield noise of several textures, which has large, small and no components, in the middle and at the border."""
    random = np.random.default_rng(3)
    for radius in (1.7, 4.0):
        grid = patch_grid(radius, PARAMETERS)
        shape = grid.distance.shape
        for blur in (0.5, 1.5, 3.0):
            smooth = ndimage.gaussian_filter(random.normal(size=shape), blur)
            hu = (smooth * 500 / smooth.std() - 100 * grid.distance).astype(np.float32)
            hull = np.broadcast_to(np.arange(shape[2]) < shape[2] - 4, shape)
            yield Patch(hu, hull, np.zeros(3), grid, 0.4)


def defined(patch: Patch, level: float, *, hollow: bool) -> Mask:
    """Return the mask by distance transforms: threshold, erosion, component nearest to the middle, dilation."""
    grid, opening, step = patch.grid, PARAMETERS.opening_share * patch.grid.radius, [patch.grid.step] * 3
    above = (patch.hu >= level) & patch.hull
    if hollow:
        above = np.stack([np.asarray(ndimage.binary_fill_holes(plane), dtype=np.bool_) for plane in above])
        if not above[grid.distance <= grid.step].all():
            return np.zeros_like(above)
    labels = connected_components(np.asarray(ndimage.distance_transform_edt(above, step)) > opening, FULLY_CONNECTED)
    if not labels.any():
        return np.zeros_like(above)
    nearest = labels.ravel()[np.where(labels > 0, grid.distance, np.inf).argmin()]
    distance = np.asarray(ndimage.distance_transform_edt(labels != nearest, step))
    return above & (distance <= opening + grid.step / 2)


@pytest.mark.parametrize("hollow", [False, True])
def test_the_outline_is_the_opening_of_what_is_above_the_level(hollow: bool) -> None:
    found: list[tuple[bool, bool]] = []
    for patch in patches():
        for level in LEVELS:
            outline, expected = (
                outline_at(patch, level, PARAMETERS, hollow=hollow),
                defined(patch, level, hollow=hollow),
            )
            found.append((bool(expected.any()), touches_border(expected)))
            assert (outline is not None) == expected.any()
            if outline is not None:
                np.testing.assert_array_equal(outline.mask, expected)
                assert outline.exceeds_patch == touches_border(expected)
    assert {(False, False), (True, False), (True, True)} <= set(found)


def test_an_object_may_reach_the_border_with_a_spike_that_the_kernel_lacks() -> None:
    grid = patch_grid(1.7, PARAMETERS)
    hu = np.full(grid.distance.shape, -900, dtype=np.float32)
    hu[1:-1, 1:-1, 1:-1] = hu[0, grid.half, grid.half] = 0
    outline = outline_at(
        Patch(hu, np.ones(hu.shape, dtype=np.bool_), np.zeros(3), grid, 0.4), -500, PARAMETERS, hollow=False
    )
    assert outline is not None
    assert not touches_border(outline.kernel)
    assert outline.exceeds_patch
