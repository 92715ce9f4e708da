from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from analyzer.configuration import AnalysisConfiguration
from analyzer.domain.result import Result
from analyzer.pipeline import analyze
from testkit.images.dicom_datasets import slice_datasets
from testkit.images.dicom_files import file_bytes, write_series
from testkit.images.dicom_segmentations import segmentation_dataset, structure_set_dataset
from testkit.images.nifti_files import write_nifti
from testkit.images.phantom import Phantom, small_chest

DATA = Path(__file__).parents[5] / "shared" / "data"


Analysed = tuple[Result, Path]
Analyse = Callable[..., Analysed]


@pytest.fixture(scope="session")
def phantom() -> Phantom:
    """A chest with two nodules, of 16 and 12 mm."""
    return small_chest(seed=5, nodules=[16.0, 12.0])


@pytest.fixture(scope="session")
def analyse(tmp_path_factory: pytest.TempPathFactory) -> Analyse:
    """Run the pipeline in this process; return the result and the output folder."""

    def run(*files: Path, configuration: AnalysisConfiguration | None = None, at: int = 0) -> Analysed:
        folder = tmp_path_factory.mktemp("analysed")
        created_at = datetime(2024, 1, 1, 12, 0, at, tzinfo=UTC)
        chosen = configuration or AnalysisConfiguration()
        return analyze(files, folder, chosen, lambda _stage, _percent: None, b"key", created_at), folder

    return run


@pytest.fixture(scope="session")
def uploads(phantom: Phantom, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The phantom as ZIP archives of DICOM, each with the ground truth as another type of reference."""
    folder = tmp_path_factory.mktemp("uploads")
    truth = {"first": phantom.labels == 1, "second": phantom.labels == 2}
    nifti = write_nifti(phantom.volume, folder / "mask.nii.gz", voxels=(phantom.labels > 0).astype(np.uint8))
    references = {
        "seg": file_bytes(segmentation_dataset(slice_datasets(phantom.volume), truth)),
        "rtstruct": file_bytes(structure_set_dataset(phantom.volume, truth)),
        "nifti.nii.gz": nifti.read_bytes(),
    }
    return {
        name.split(".")[0]: write_series(phantom.volume, folder / f"{name}.zip", extra={f"reference/{name}": content})
        for name, content in references.items()
    }


@pytest.fixture(scope="session")
def with_seg(analyse: Analyse, uploads: dict[str, Path]) -> Analysed:
    """The phantom, analysed with its ground truth as DICOM SEG."""
    return analyse(uploads["seg"])


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real images outside of the repository."""
    return DATA
