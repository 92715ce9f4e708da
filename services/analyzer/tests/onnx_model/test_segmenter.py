from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

from analyzer.detection.onnx_model.segmenter import OnnxModel
from analyzer.detection.segmenter import Segmentation
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.volume import Volume

BuildModel = Callable[..., onnx.ModelProto]
WriteManifest = Callable[..., Path]
BuildVolume = Callable[..., Volume]

CENTRE = (6.0, -9.0, 11.0)
RADIUS = 9.0


def segment(manifest: Path, volume: Volume) -> Segmentation:
    return OnnxModel.load(manifest, "").segment(volume, lambda _share: None)


def centre_and_volume(segmentation: Segmentation, volume: Volume) -> tuple[list[float], float]:
    """LPS mm and mm³ of the only candidate."""
    (candidate,) = segmentation.candidates
    indices = np.argwhere(candidate.mask) + candidate.offset
    points = volume.to_patient(indices[:, ::-1].astype(float))
    return points.mean(axis=0).tolist(), float(volume.voxel_volumes[indices[:, 0]].sum())


@pytest.mark.parametrize(
    ("grid", "fields"),
    [
        ({}, {}),
        ({}, {"axis_order": "xyz", "spacing_mm": [1.5, 1.5, 2.0], "orientation": "RAS"}),
        ({}, {"axis_order": "yzx", "overlap": 0}),
        ({"row_direction": (-1, 0, 0), "column_direction": (0, 1, 0)}, {}),
        ({"row_direction": (0, 1, 0), "column_direction": (0, 0, -1)}, {}),
        ({"row_direction": (0.8, 0.6, 0), "column_direction": (-0.6, 0.8, 0)}, {}),
        ({"steps": (2.5,) * 10 + (4.0, 1.0) * 5 + (2.5,) * 11}, {}),
    ],
    ids=["plain", "RAS", "permuted", "flipped", "sagittal", "rotated", "uneven"],
)
def test_a_ball_is_found_at_its_position_on_any_grid(
    write_manifest: WriteManifest, build_volume: BuildVolume, grid: dict[str, object], fields: dict[str, object]
) -> None:
    volume = build_volume((CENTRE, RADIUS), **grid)
    truth = float(volume.voxel_volumes @ (volume.voxels > 0).sum(axis=(1, 2)))
    centre, size = centre_and_volume(segment(write_manifest(**fields), volume), volume)
    assert centre == pytest.approx(CENTRE, abs=0.5)
    assert size == pytest.approx(truth, rel=0.06)


def test_each_connected_component_is_a_candidate_with_score_and_stability(
    write_manifest: WriteManifest, build_volume: BuildVolume
) -> None:
    volume = build_volume((CENTRE, RADIUS), ((-20, 15, -15), 5))
    candidates = segment(write_manifest(), volume).candidates
    assert len(candidates) == 2
    for candidate in candidates:
        assert candidate.source == "detected"
        assert candidate.score is not None
        assert candidate.stability is not None
        assert 0.7 < candidate.score < 1
        assert 0.7 < candidate.stability < 1


def test_an_image_without_regions_has_no_candidates(write_manifest: WriteManifest, build_volume: BuildVolume) -> None:
    assert segment(write_manifest(), build_volume()).candidates == []


def test_only_the_labelled_channels_of_a_softmax_are_read(
    write_manifest: WriteManifest, build_model: BuildModel, build_volume: BuildVolume
) -> None:
    manifest = write_manifest(build_model(channels=2), output="softmax", labels={"1": "nodule"})
    volume = build_volume((CENTRE, RADIUS))
    centre, _ = centre_and_volume(segment(manifest, volume), volume)
    assert centre == pytest.approx(CENTRE, abs=0.5)


def test_an_image_smaller_than_the_window_is_padded(write_manifest: WriteManifest, build_volume: BuildVolume) -> None:
    volume = build_volume(((0, 0, 0), 6.0), steps=(2.5,) * 8)
    centre, _ = centre_and_volume(segment(write_manifest(), volume), volume)
    assert centre == pytest.approx((0, 0, 0), abs=0.5)


def test_two_runs_give_equal_masks_and_scores(write_manifest: WriteManifest, build_volume: BuildVolume) -> None:
    manifest, volume = write_manifest(), build_volume((CENTRE, RADIUS))
    (first,), (second,) = (segment(manifest, volume).candidates for _ in range(2))
    assert np.array_equal(first.mask, second.mask)
    assert (first.offset, first.score, first.stability) == (second.offset, second.score, second.stability)


def test_the_model_and_its_parameters_are_in_the_provenance(
    write_manifest: WriteManifest, build_volume: BuildVolume
) -> None:
    manifest = write_manifest()
    traced = segment(manifest, build_volume((CENTRE, RADIUS)))
    assert traced.strategy == "onnx_model"
    assert traced.model is not None
    assert traced.model["name"] == "lights"
    assert len(str(traced.model["sha256"])) == 64
    assert traced.parameters["threshold"] == 0.5
    assert "name" not in traced.parameters


def test_progress_rises_to_one(write_manifest: WriteManifest, build_volume: BuildVolume) -> None:
    shares: list[float] = []
    OnnxModel.load(write_manifest(), "").segment(build_volume((CENTRE, RADIUS)), shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) > 10


@pytest.mark.parametrize(
    ("fields", "body_part", "accepted"),
    [
        ({}, "", True),
        ({"body_part": "CHEST"}, "chest", True),
        ({"body_part": "CHEST"}, "HEAD", False),
        ({"body_part": "CHEST"}, "", False),
        ({"modality": "MR"}, "", False),
    ],
)
def test_a_model_applies_only_to_its_modality_and_body_part(
    write_manifest: WriteManifest, build_volume: BuildVolume, fields: dict[str, str], body_part: str, accepted: bool
) -> None:
    reason = OnnxModel.load(write_manifest(**fields), body_part).applies(build_volume())
    assert (reason is None) is accepted


def test_a_model_with_too_many_regions_fails(write_manifest: WriteManifest, build_volume: BuildVolume) -> None:
    volume = build_volume(steps=(2.0,) * 31)
    volume.voxels[...] = np.where(np.random.default_rng(1).random(volume.voxels.shape) < 0.05, 200, -1000)
    with pytest.raises(AnalysisFailed) as caught:
        segment(write_manifest(spacing_mm=[2.0, 1.25, 1.25]), volume)
    assert caught.value.code is FailureCode.MODEL_ERROR
    assert "слишком много" in caught.value.message.ru
