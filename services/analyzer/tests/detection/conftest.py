from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.detection.lung_blob import LungBlob
from analyzer.detection.segmenter import Segmentation
from analyzer.domain.result import Finding
from analyzer.domain.volume import Volume
from analyzer.measurement.findings import measure_findings


def segment(volume: Volume) -> Segmentation:
    return LungBlob().segment(volume, lambda _share: None)


@pytest.fixture
def find() -> Callable[[Volume], list[Finding]]:
    return lambda volume: measure_findings(volume, segment(volume))


@pytest.fixture
def shared_data() -> Path:
    return Path(__file__).parents[5] / "shared" / "data"
