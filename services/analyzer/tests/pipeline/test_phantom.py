import json
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from analyzer.domain.result import Result
from testkit.images.phantom import Phantom

Analysed = tuple[Result, Path]
Analyse = Callable[..., Analysed]


def metric(result: Result, name: str) -> float:
    (value,) = (each.value for each in result.metrics if each.name == name)
    return value


def test_exactly_the_nodules_are_found_at_their_positions(with_seg: Analysed, phantom: Phantom) -> None:
    result, _ = with_seg
    found = [each.location_lps_mm for each in result.findings]
    assert len(found) == len(phantom.nodules)
    for finding, nodule in zip(found, phantom.nodules, strict=True):
        assert (finding.x, finding.y, finding.z) == pytest.approx(nodule.centre_mm, abs=2)


def test_the_mask_labels_each_finding_with_its_number(with_seg: Analysed, phantom: Phantom) -> None:
    result, folder = with_seg
    mask = np.asarray(nib.Nifti1Image.from_filename(folder / "mask.nii.gz").dataobj).transpose(2, 1, 0)
    for number, finding in enumerate(result.findings, 1):
        assert np.count_nonzero(mask == number) * 8 == pytest.approx(finding.volume_mm3)
    truth = phantom.labels > 0
    shared = np.count_nonzero((mask > 0) & truth)
    dice = 2 * shared / (np.count_nonzero(mask) + np.count_nonzero(truth))
    assert dice == pytest.approx(metric(result, "dice_score"), abs=1e-6)


def test_the_agreement_is_independent_of_the_format_of_the_reference(
    with_seg: Analysed, analyse: Analyse, uploads: dict[str, Path]
) -> None:
    dice = metric(with_seg[0], "dice_score")
    assert dice >= 0.9
    for reference in ("rtstruct", "nifti"):
        assert metric(analyse(uploads[reference])[0], "dice_score") == pytest.approx(dice, abs=0.01)


def test_two_runs_give_equal_bytes_except_for_times(
    with_seg: Analysed, analyse: Analyse, uploads: dict[str, Path]
) -> None:
    first, second = with_seg[1], analyse(uploads["seg"])[1]
    names = sorted(path.name for path in first.iterdir())
    assert names == sorted(path.name for path in second.iterdir())
    assert names == [
        *("finding-1.png", "finding-2.png", "image.nii.gz", "mask.nii.gz", "preview.nii.gz"),
        *("report.dcm", "result.json", "segmentation.dcm"),
    ]
    for name in set(names) - {"result.json"}:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    assert without_time(first / "result.json") == without_time(second / "result.json")


def without_time(path: Path) -> dict[str, object]:
    result = json.loads(path.read_text())
    result["metrics"] = [each for each in result["metrics"] if each["name"] != "processing_seconds"]
    assert result["rows"][0].pop("time_of_processing")
    return result


def test_the_written_result_equals_the_returned_one(with_seg: Analysed) -> None:
    result, folder = with_seg
    assert Result.model_validate_json((folder / "result.json").read_bytes()) == result
