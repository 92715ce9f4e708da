"""Inputs of `../shared/data/cases` that mix volumes or lose slices: one volume is read whole."""

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.domain.study import Study

Read = Callable[..., Study]


@pytest.mark.parametrize(
    ("name", "slices", "others"),
    [
        ("time_points_numbered_anew", 48, 1),
        ("two_series_without_series_uid", 48, 1),
        ("time_points_numbered_at_random", 48, 1),
        ("time_points_in_one_multiframe", 48, 1),
        ("two_passes_beside_each_other", 48, 1),
        ("two_passes_overlapping", 33, 1),
        ("two_acquisitions_and_a_copy", 48, 1),
        ("orientation_at_a_rounding_edge", 48, 0),
        ("spacing_at_a_rounding_edge", 48, 0),
        ("picture_without_place", 48, 0),
    ],
)
def test_one_volume_is_read_whole(read: Read, shared_data: Path, name: str, slices: int, others: int) -> None:
    study = read(shared_data / "cases" / f"{name}.zip")
    steps = study.series.volume.slice_steps
    assert len(study.series.volume.voxels) == slices
    assert steps.min() == pytest.approx(2.5, abs=0.01)
    assert steps.max() == pytest.approx(2.5, abs=0.01)
    assert len(study.not_analysed) == others
