"""Tiny images with an analytically known geometry."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from analyzer.detection.segmenter import Candidate, Segmentation
from analyzer.domain.volume import Volume

MakeVolume = Callable[..., Volume]


def build_volume(
    voxels: NDArray[np.int16],
    *,
    spacing: tuple[float, float] = (1.0, 1.0),
    positions: Sequence[float] | None = None,
    step: float = 1.0,
    modality: str = "CT",
    lossy: bool = False,
    rotation: NDArray[np.float64] | None = None,
    shear: float = 0.0,
) -> Volume:
    """Slices at `positions` (or k x `step`) along the normal, sheared along the columns by `shear` mm per mm."""
    heights = np.array(positions if positions is not None else np.arange(len(voxels)) * step, dtype=np.float64)
    directions = np.eye(3) if rotation is None else rotation
    origins = np.stack([np.zeros_like(heights), heights * shear, heights], axis=1) @ directions
    return Volume(voxels, directions[0], directions[1], origins, spacing, modality, lossy)


@pytest.fixture
def make_volume() -> MakeVolume:
    return build_volume


@pytest.fixture
def segmentation_of() -> Callable[..., Segmentation]:
    def build(*candidates: Candidate) -> Segmentation:
        return Segmentation("lung_blob", {}, candidates)

    return build
