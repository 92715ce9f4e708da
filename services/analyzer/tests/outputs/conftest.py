from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import Dataset

from analyzer.detection.segmenter import Candidate, Segmentation
from analyzer.domain.result import Finding
from analyzer.domain.study import Series
from analyzer.domain.volume import Volume
from analyzer.measurement.findings import measure_findings
from analyzer.outputs.dicom_seg import SegmentationMetadata
from testkit.images.dicom_datasets import slice_datasets
from testkit.images.phantom import Phantom, small_chest


@pytest.fixture(scope="session")
def phantom() -> Phantom:
    return small_chest(seed=4, nodules=[16.0, 10.0])


@pytest.fixture
def volume(phantom: Phantom) -> Volume:
    return phantom.volume


@pytest.fixture
def series(volume: Volume) -> Series:
    headers = [without_pixels(each) for each in slice_datasets(volume)]
    return Series(volume, headers, [(k, 1) for k in range(len(headers))], "a" * 16, "b" * 16)


@pytest.fixture
def candidates(phantom: Phantom) -> list[Candidate]:
    """The two nodules as candidates, the larger one first."""
    return [cut_out(phantom.labels == k) for k in (1, 2)]


@pytest.fixture
def findings(volume: Volume, candidates: list[Candidate]) -> list[Finding]:
    """The measurements of the candidates."""
    return measure_findings(volume, Segmentation("lung_blob", {}, candidates))


@pytest.fixture
def metadata() -> SegmentationMetadata:
    return SegmentationMetadata(
        "lung_blob", machine_learning=False, identity="input", created_at=datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    )


def without_pixels(dataset: Dataset) -> Dataset:
    del dataset.PixelData
    return dataset


def cut_out(region: NDArray[np.bool_]) -> Candidate:
    found = np.argwhere(region)
    z, y, x = (int(n) for n in found.min(axis=0))
    end = found.max(axis=0) + 1
    return Candidate((z, y, x), region[z : end[0], y : end[1], x : end[2]], "detected", score=0.9)
