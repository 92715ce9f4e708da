"""What is refused of a model before anything runs it."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import onnx

from analyzer.detection.onnx_model.manifest import Manifest
from analyzer.domain.failures import AnalysisFailed, FailureCode

OPSETS = range(9, 24)
STANDARD_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})


def model_error(sentence: str) -> AnalysisFailed:
    """Return the failure that names what is wrong with the model."""
    return AnalysisFailed(FailureCode.MODEL_ERROR, sentence)


def read_model(path: Path, manifest: Manifest) -> bytes:
    """Return the model's bytes once they are known to be the declared ones, self-contained and of standard operators.

    Raises `AnalysisFailed` MODEL_ERROR with a sentence that says which rule is broken.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise model_error("Файл модели не удалось прочитать") from error
    if hashlib.sha256(content).hexdigest() != manifest.sha256:
        raise model_error("Контрольная сумма модели не совпадает с описанием")
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:
        raise model_error("Файл модели не является моделью ONNX") from error
    _check_operators(model)
    if any(_is_external(tensor) for graph in _graphs(model.graph) for tensor in _tensors(graph)):
        raise model_error("Модель хранит веса во внешних файлах, а должна быть одним файлом")
    return content


def _check_operators(model: onnx.ModelProto) -> None:
    imported = {opset.domain: opset.version for opset in model.opset_import}
    nodes = (node for graph in _graphs(model.graph) for node in graph.node)
    used = {node.domain for node in nodes}
    if model.functions or not (used | imported.keys()) <= STANDARD_DOMAINS:
        raise model_error("Модель использует нестандартные операторы")
    version = imported.get("", imported.get("ai.onnx", 0))
    if version not in OPSETS:
        raise model_error(f"Набор операторов модели {version} не поддерживается: нужен от {OPSETS[0]} до {OPSETS[-1]}")


def _graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                if inner.node or inner.initializer:
                    yield from _graphs(inner)


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)


def _is_external(tensor: onnx.TensorProto) -> bool:
    return tensor.data_location == onnx.TensorProto.EXTERNAL or len(tensor.external_data) > 0
