from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from analyzer.detection.onnx_model.segmenter import OnnxModel
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.volume import Volume

BuildModel = Callable[..., onnx.ModelProto]
WriteManifest = Callable[..., Path]
BuildVolume = Callable[..., Volume]


def refusal_of(manifest: Path, volume: Volume | None = None) -> str:
    """The sentence with which the model is refused, when loaded or else when run."""

    def use() -> None:
        loaded = OnnxModel.load(manifest, "")
        if volume is not None:
            loaded.segment(volume, lambda _share: None)

    with pytest.raises(AnalysisFailed) as caught:
        use()
    assert caught.value.code is FailureCode.MODEL_ERROR
    return caught.value.message.ru


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("axis_order", "zzz"),
        ("spacing_mm", [0, 1, 1]),
        ("patch", [32, 32]),
        ("overlap", 1),
        ("clip", [200, -1000]),
        ("scale", {"subtract": 0, "divide": 0}),
        ("output", "linear"),
        ("labels", {}),
        ("threshold", 1.5),
        ("sha256", "short"),
        ("model", "../elsewhere.onnx"),
        ("colour", "red"),
    ],
)
def test_a_manifest_with_an_invalid_field_is_refused(write_manifest: WriteManifest, field: str, value: object) -> None:
    assert "Описание модели некорректно" in refusal_of(write_manifest(**{field: value}))


def test_a_missing_or_malformed_manifest_is_refused(tmp_path: Path) -> None:
    assert "прочитать" in refusal_of(tmp_path / "missing.json")
    (tmp_path / "text.json").write_text("a model")
    assert "не JSON" in refusal_of(tmp_path / "text.json")


def test_a_model_with_another_checksum_is_refused(write_manifest: WriteManifest) -> None:
    manifest = write_manifest()
    with manifest.with_name("lights.onnx").open("ab") as model:
        model.write(b"\0")
    assert "Контрольная сумма" in refusal_of(manifest)


def test_a_missing_model_is_refused(write_manifest: WriteManifest) -> None:
    assert "прочитать" in refusal_of(write_manifest(model="other.onnx"))


def test_a_file_that_is_not_onnx_is_refused(write_manifest: WriteManifest) -> None:
    assert "не является моделью" in refusal_of(write_manifest(b"\xff\xff not a model"))


@pytest.mark.parametrize("opset", [8, 99])
def test_an_unsupported_opset_is_refused(write_manifest: WriteManifest, build_model: BuildModel, opset: int) -> None:
    assert str(opset) in refusal_of(write_manifest(build_model(opset=opset)))


def test_a_custom_operator_is_refused(write_manifest: WriteManifest, build_model: BuildModel) -> None:
    model = build_model()
    model.graph.node[0].domain = "com.example"
    assert "нестандартные операторы" in refusal_of(write_manifest(model))


def test_a_custom_operator_inside_a_branch_is_refused(write_manifest: WriteManifest, build_model: BuildModel) -> None:
    model = build_model()
    inner = helper.make_graph([helper.make_node("Evil", [], ["x"], domain="com.example")], "inner", [], [])
    model.graph.node.append(helper.make_node("If", ["half"], ["y"], then_branch=inner, else_branch=inner))
    assert "нестандартные операторы" in refusal_of(write_manifest(model))


def test_external_weights_are_refused(write_manifest: WriteManifest, build_model: BuildModel) -> None:
    model = build_model()
    outside = numpy_helper.from_array(np.zeros(4, np.float32), "outside")
    outside.ClearField("raw_data")
    outside.data_location = TensorProto.EXTERNAL
    outside.external_data.add(key="location", value="../../etc/passwd")
    model.graph.initializer.append(outside)
    assert "внешних файлах" in refusal_of(write_manifest(model))


def test_a_model_that_the_runtime_cannot_load_is_refused(
    write_manifest: WriteManifest, build_model: BuildModel, build_volume: BuildVolume
) -> None:
    model = build_model()
    model.graph.node[0].op_type = "NoSuchOperator"
    assert "не удалось загрузить" in refusal_of(write_manifest(model), build_volume())


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"input_name": "picture"}, "один вход"),
        ({"labels": {"5": "nodule"}}, "больше каналов"),
        ({"patch": [16, 16, 16]}, "не смогла обработать"),
    ],
)
def test_a_model_that_contradicts_its_manifest_is_refused(
    write_manifest: WriteManifest, build_volume: BuildVolume, fields: dict[str, object], sentence: str
) -> None:
    assert sentence in refusal_of(write_manifest(**fields), build_volume())


def test_insufficient_memory_is_not_a_model_error(
    write_manifest: WriteManifest, build_model: BuildModel, build_volume: BuildVolume
) -> None:
    model = build_model()
    model.graph.initializer.append(helper.make_tensor("shape", TensorProto.INT64, [5], [10**6, 10**6, 24, 24, 24]))
    model.graph.node.append(helper.make_node("Expand", ["lit", "shape"], ["huge"]))
    model.graph.output[0].name = "huge"
    model.graph.output[0].type.tensor_type.ClearField("shape")
    loaded = OnnxModel.load(write_manifest(model), "")
    with pytest.raises(MemoryError):
        loaded.segment(build_volume(), lambda _share: None)


def test_a_model_with_non_finite_output_is_refused(
    write_manifest: WriteManifest, build_model: BuildModel, build_volume: BuildVolume
) -> None:
    model = build_model()
    model.graph.initializer[1].CopyFrom(helper.make_tensor("steepness", TensorProto.FLOAT, [], [float("nan")]))
    assert "не являются числами" in refusal_of(write_manifest(model), build_volume())
