"""Volumes of one multi-frame file are told apart by what its functional groups say about each frame."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset

from analyzer.domain.study import Study
from analyzer.domain.volume import Volume
from testkit.images.dicom_files import file_bytes
from testkit.images.dicom_multiframe import multi_frame_dataset

Read = Callable[..., Study]
SLICES = 12


def item(**values: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def gradient(volume: int) -> Dataset:
    direction = item(DiffusionGradientOrientation=[0.0, float(volume == 1), float(volume == 0)])
    return item(DiffusionBValue=1000.0, DiffusionGradientDirectionSequence=[direction])


GROUPS: dict[str, Callable[[int, int], tuple[str, Dataset]]] = {
    "temporal position": lambda n, _k: ("TemporalPositionSequence", item(TemporalPositionTimeOffset=3.0 * n)),
    "delay of the trigger": lambda n, _k: (
        "CardiacSynchronizationSequence",
        item(NominalCardiacTriggerDelayTime=40.0 * n),
    ),
    "breathing": lambda n, _k: (
        "RespiratorySynchronizationSequence",
        item(NominalPercentageOfRespiratoryPhase=20.0 * n),
    ),
    "echo": lambda n, _k: ("MREchoSequence", item(EffectiveEchoTime=4.6 + n)),
    "b-value": lambda n, _k: ("MRDiffusionSequence", item(DiffusionBValue=1000.0 * n)),
    "direction of the gradient": lambda n, _k: ("MRDiffusionSequence", gradient(n)),
    "repetition time": lambda n, _k: (
        "MRTimingAndRelatedParametersSequence",
        item(RepetitionTime=500.0 + 100 * n, FlipAngle=10.0),
    ),
    "stack": lambda n, k: ("FrameContentSequence", item(StackID=str(n + 1), InStackPositionNumber=k + 1)),
    "acquisition": lambda n, _k: ("FrameContentSequence", item(FrameAcquisitionNumber=n + 1)),
    "time of each frame": lambda n, k: ("FrameContentSequence", item(FrameReferenceDateTime=f"2024010112{n:02}{k:02}")),
    "comment": lambda n, _k: ("FrameContentSequence", item(FrameComments=f"phase {n}")),
    "time of a converted file": lambda n, k: (
        "UnassignedPerFrameConvertedAttributesSequence",
        item(AcquisitionTime=f"12{n:02}{k:02}"),
    ),
}


def two_volumes(phantom: Volume) -> tuple[Dataset, list[int]]:
    """Return a file of the phantom and of a second volume in its place, and the order of its frames."""
    both = replace(
        phantom,
        voxels=np.concatenate([phantom.voxels, (phantom.voxels + 100).astype(np.int16)]),
        origins=np.concatenate([phantom.origins, phantom.origins]),
    )
    order = np.random.default_rng(2).permutation(2 * SLICES).tolist()
    return multi_frame_dataset(both, order=order), order


@pytest.mark.parametrize("mark", GROUPS)
def test_frames_of_two_volumes_are_told_apart(phantom: Volume, tmp_path: Path, read: Read, mark: str) -> None:
    dataset, order = two_volumes(phantom)
    for index, groups in zip(order, dataset.PerFrameFunctionalGroupsSequence, strict=True):
        keyword, content = GROUPS[mark](index // SLICES, index % SLICES)
        setattr(groups, keyword, [content])
    path = tmp_path / "a"
    path.write_bytes(file_bytes(dataset))
    study = read(path)
    np.testing.assert_array_equal(study.series.volume.voxels, phantom.voxels)
    assert [reason for _, reason in study.not_analysed] == ["same_rank"]


@pytest.mark.parametrize("declared", [True, False])
def test_time_points_of_one_multi_frame_file_are_told_apart(
    phantom: Volume, tmp_path: Path, read: Read, declared: bool
) -> None:
    dataset, order = two_volumes(phantom)
    pointers = [0x00209057, 0x00209128]
    if declared:
        dataset.DimensionIndexSequence = [item(DimensionIndexPointer=pointer) for pointer in pointers]
    for index, groups in zip(order, dataset.PerFrameFunctionalGroupsSequence, strict=True):
        content = item(DimensionIndexValues=[index % SLICES + 1, index // SLICES + 1])
        if not declared:
            content.TemporalPositionIndex = index // SLICES + 1
        groups.FrameContentSequence = [content]
    path = tmp_path / "a"
    path.write_bytes(file_bytes(dataset))
    study = read(path)
    np.testing.assert_array_equal(study.series.volume.voxels, phantom.voxels)
    assert [frame - 1 for _, frame in study.series.frames] == [order.index(index) for index in range(SLICES)]
