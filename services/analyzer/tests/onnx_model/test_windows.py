import numpy as np
import pytest

from analyzer.detection.onnx_model.windows import gaussian_weights, slide, window_starts


@pytest.mark.parametrize(("size", "patch", "overlap"), [(100, 32, 0.5), (33, 32, 0.5), (64, 32, 0.0), (97, 16, 0.9)])
def test_windows_cover_the_axis_with_the_requested_overlap(size: int, patch: int, overlap: float) -> None:
    starts = window_starts(size, patch, overlap)
    assert starts[0] == 0
    assert starts[-1] == size - patch
    assert max(np.diff(starts)) <= max(1, patch * (1 - overlap))


def test_an_image_within_the_window_size_has_one_window() -> None:
    assert window_starts(32, 32, 0.5) == window_starts(5, 32, 0.5) == [0]


def test_weights_are_largest_in_the_middle_and_never_zero() -> None:
    weights = gaussian_weights((17, 9, 9))
    assert weights[8, 4, 4] == weights.max() == 1
    assert weights.min() > 0
    assert np.allclose(weights, weights[::-1, ::-1, ::-1])


def test_what_all_windows_agree_on_is_kept() -> None:
    image = np.random.default_rng(2).random((30, 21, 40)).astype(np.float32)
    seen = slide(lambda window: window[np.newaxis], image, (16, 16, 16), 0.5, lambda _share: None)
    assert seen.shape == (1, *image.shape)
    assert np.allclose(seen[0], image, atol=1e-6)


def test_where_windows_disagree_the_one_that_sees_the_voxel_in_its_middle_prevails() -> None:
    answers = iter([0.0, 1.0])
    image = np.zeros((16, 16, 24), np.float32)

    def answer(window: np.ndarray) -> np.ndarray:
        return np.full((1, *window.shape), next(answers), np.float32)

    seen = slide(answer, image, (16, 16, 16), 0.5, lambda _share: None)[0, 8, 8]
    assert (np.diff(seen) >= 0).all()
    assert seen[11] < 0.5 < seen[12]
