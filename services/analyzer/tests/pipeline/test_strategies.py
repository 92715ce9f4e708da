import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from analyzer.configuration import AnalysisConfiguration
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.result import Result
from testkit.images.dicom_datasets import slice_datasets
from testkit.images.dicom_files import file_bytes, members_of, write_zip
from testkit.images.nifti_files import write_nifti
from testkit.images.phantom import Phantom

Analysed = tuple[Result, Path]
Analyse = Callable[..., Analysed]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Manifest of a model that marks voxels above 700 HU, of which a phantom has none."""
    shape = [1, 1, 32, 32, 32]
    graph = helper.make_graph(
        [helper.make_node("Sub", ["image", "half"], ["lit"])],
        "lights",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("lit", TensorProto.FLOAT, shape)],
        [helper.make_tensor("half", TensorProto.FLOAT, [], [0.5])],
    )
    content = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
    (tmp_path / "model.onnx").write_bytes(content)
    manifest = {
        "name": "dark",
        "version": "1",
        "licence": "CC0-1.0",
        "model": "model.onnx",
        "sha256": hashlib.sha256(content).hexdigest(),
        "input_name": "image",
        "axis_order": "zyx",
        "spacing_mm": [4, 4, 4],
        "patch": [32, 32, 32],
        "overlap": 0.25,
        "clip": [400, 1000],
        "scale": {"subtract": 400, "divide": 600},
        "output": "sigmoid",
        "labels": {"0": "lesion"},
        "threshold": 0.5,
        "modality": "CT",
    }
    path = tmp_path / "model.json"
    path.write_text(json.dumps(manifest))
    return path


def test_a_configured_model_precedes_the_lung_detector(analyse: Analyse, uploads: dict[str, Path], model: Path) -> None:
    result, _ = analyse(uploads["seg"], configuration=AnalysisConfiguration(model_manifest=model))
    assert result.provenance.strategy == "onnx_model"
    assert result.provenance.model is not None
    assert result.summary.lesions_count == 0
    assert result.summary.confidence is None


def test_a_chest_ct_without_a_model_is_analysed_by_the_lung_detector(with_seg: Analysed) -> None:
    assert with_seg[0].provenance.strategy == "lung_blob"


def test_an_invalid_model_fails_without_a_fallback(analyse: Analyse, uploads: dict[str, Path], model: Path) -> None:
    model.with_suffix(".onnx").write_bytes(b"broken")
    with pytest.raises(AnalysisFailed) as caught:
        analyse(uploads["seg"], configuration=AnalysisConfiguration(model_manifest=model))
    assert caught.value.code is FailureCode.MODEL_ERROR


def test_an_image_without_an_applicable_strategy_fails_with_the_reasons(analyse: Analyse, shared_data: Path) -> None:
    with pytest.raises(AnalysisFailed) as caught:
        analyse(shared_data / "mr_4slices.zip")
    assert caught.value.code is FailureCode.NOT_APPLICABLE
    assert "не менее 8 срезов" in caught.value.message.ru


def test_a_refusal_says_why_a_supplied_segmentation_could_not_be_measured(
    analyse: Analyse, phantom: Phantom, tmp_path: Path
) -> None:
    empty = np.zeros(phantom.volume.voxels.shape, np.uint8)[:4]
    slices = replace(phantom.volume, voxels=phantom.volume.voxels[:4], origins=phantom.volume.origins[:4])
    masks = write_nifti(
        slices, tmp_path / "m.nii", voxels=empty + (np.indices(empty.shape)[1] > 9), further=[empty]
    ).read_bytes()
    with pytest.raises(AnalysisFailed) as caught:
        analyse(write_zip(tmp_path / "a.zip", members_of(slice_datasets(slices)) | {"m": masks}))
    assert caught.value.code is FailureCode.NOT_APPLICABLE
    assert "несколько объёмов" in caught.value.message.ru


def test_a_single_slice_is_not_applicable(analyse: Analyse, phantom: Phantom, tmp_path: Path) -> None:
    path = tmp_path / "slice"
    path.write_bytes(file_bytes(slice_datasets(phantom.volume)[20]))
    with pytest.raises(AnalysisFailed) as caught:
        analyse(path)
    assert caught.value.code is FailureCode.NOT_APPLICABLE
    assert "один срез" in caught.value.message.ru


def test_the_reference_of_a_ct_without_lungs_is_measured(analyse: Analyse, shared_data: Path) -> None:
    result, _ = analyse(shared_data / "sts019_ct_with_rtstruct.zip")
    assert result.provenance.strategy == "measure_only"
    (finding,) = result.findings
    assert (finding.type, finding.source, finding.confidence) == ("lesion", "supplied", None)
    assert finding.volume_ml == pytest.approx(17.351, rel=0.01)
    assert "dice_score" not in {metric.name for metric in result.metrics}


def test_a_short_series_is_measured_but_not_searched(analyse: Analyse, shared_data: Path, model: Path) -> None:
    configuration = AnalysisConfiguration(model_manifest=model)
    result, folder = analyse(shared_data / "ct_3slices_with_liver_seg.zip", configuration=configuration)
    assert result.provenance.strategy == "measure_only"
    (finding,) = result.findings
    assert finding.type == "structure"
    assert finding.volume_ml == pytest.approx(70.362, rel=0.01)
    assert result.summary.lesions_count == 0
    assert (folder / "segmentation.dcm").exists()
