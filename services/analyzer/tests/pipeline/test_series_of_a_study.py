"""Which series of a whole study is analysed: the best-ranked one that a strategy applies to."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analyzer import messages
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.result import Result
from analyzer.domain.volume import Volume
from testkit.images.dicom_datasets import SeriesIdentity, slice_datasets
from testkit.images.dicom_files import members_of, write_series
from testkit.images.phantom import Phantom

Analyse = Callable[..., tuple[Result, Path]]
HEAD = SeriesIdentity(series="1 head")


def head() -> Volume:
    """A ball of soft tissue in air, in slices of 1 mm."""
    slices, rows, columns = np.mgrid[:40, :64, :64]
    ball = (slices - 20) ** 2 + (2.5 * (rows - 32)) ** 2 + (2.5 * (columns - 32)) ** 2 < 70**2
    return Volume(
        voxels=np.where(ball, 40, -1000).astype(np.int16),
        row_direction=np.array([1.0, 0.0, 0.0]),
        column_direction=np.array([0.0, 1.0, 0.0]),
        origins=np.array([[-80.0, -80.0, float(k)] for k in range(40)]),
        pixel_spacing=(2.5, 2.5),
        modality="CT",
    )


def test_a_thinner_series_without_lungs_does_not_hide_the_chest(
    phantom: Phantom, analyse: Analyse, tmp_path: Path
) -> None:
    chest = SeriesIdentity(series="chest")
    written = write_series(
        phantom.volume, tmp_path / "study.zip", chest, extra=members_of(slice_datasets(head(), HEAD), "head")
    )
    result, _ = analyse(written)
    assert result.series.analysed.slices == len(phantom.volume.voxels)
    assert [skipped.reason for skipped in result.series.not_analysed] == ["not_applicable"]
    assert result.findings


def test_a_study_without_lungs_is_refused_for_its_best_series(analyse: Analyse, tmp_path: Path) -> None:
    thick = replace(head(), origins=head().origins * 2)
    written = write_series(head(), tmp_path / "study.zip", HEAD, extra=members_of(slice_datasets(thick), "thick"))
    with pytest.raises(AnalysisFailed) as caught:
        analyse(written)
    assert caught.value.code is FailureCode.NOT_APPLICABLE
    assert messages.NO_LUNGS.ru.rstrip(".") in caught.value.message.ru
