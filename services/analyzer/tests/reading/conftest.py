"""A small phantom with known voxels and geometry, and a reader of uploads."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analyzer.domain.study import Study
from analyzer.domain.volume import Volume
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.study_reader import read_study

SHAPE = (12, 40, 48)
KEY = b"secret of the tests"

Read = Callable[..., Study]


@pytest.fixture(scope="session")
def phantom() -> Volume:
    """A CT of a body with two different balls in air: asymmetric along every axis and direction."""
    slices, rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    voxels = np.full(SHAPE, -1000)
    voxels[(rows - 20) ** 2 / 300 + (columns - 24) ** 2 / 500 < 1] = 40
    voxels[(slices - 4) ** 2 * 4 + (rows - 14) ** 2 + (columns - 16) ** 2 < 30] = 400
    voxels[(slices - 8) ** 2 * 4 + (rows - 25) ** 2 + (columns - 30) ** 2 < 50] = -700
    voxels += np.random.default_rng(7).integers(-20, 20, SHAPE)
    return Volume(
        voxels=voxels.astype(np.int16),
        row_direction=np.array([1.0, 0.0, 0.0]),
        column_direction=np.array([0.0, 1.0, 0.0]),
        origins=np.array([[-30.5, 12.25, -100 + 2.5 * k] for k in range(SHAPE[0])]),
        pixel_spacing=(0.75, 1.25),
        modality="CT",
    )


@pytest.fixture
def moved(phantom: Volume) -> Callable[[np.ndarray], Volume]:
    """The phantom with its slices at other positions."""
    return lambda origins: replace(phantom, origins=origins)


@pytest.fixture
def read() -> Read:
    """Read files as one upload, with optional limits."""

    def _read(*files: Path, limits: ReadingLimits | None = None) -> Study:
        return read_study(files, limits or ReadingLimits(), lambda _stage, _share: None, KEY)

    return _read


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real images outside of the repository."""
    return Path(__file__).resolve().parents[5] / "shared" / "data"
