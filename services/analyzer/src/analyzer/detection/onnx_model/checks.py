"""Validation of an ONNX model before it runs."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import onnx

from analyzer import messages
from analyzer.detection.onnx_model.manifest import Manifest
from analyzer.domain.failures import AnalysisFailed, FailureCode
from chassis.commands.message import Message

OPSETS = range(9, 24)
STANDARD_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})


def model_error(message: Message) -> AnalysisFailed:
    """Return the failure MODEL_ERROR with this message."""
    return AnalysisFailed(FailureCode.MODEL_ERROR, message)


def read_model(path: Path, manifest: Manifest) -> bytes:
    """Return the model's bytes after checking the checksum, the operators and that there is no external data.

    Raises `AnalysisFailed` MODEL_ERROR with the broken rule.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise model_error(messages.MODEL_UNREADABLE) from error
    if hashlib.sha256(content).hexdigest() != manifest.sha256:
        raise model_error(messages.MODEL_CHECKSUM)
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:
        raise model_error(messages.MODEL_NOT_ONNX) from error
    _check_operators(model)
    if any(_is_external(tensor) for graph in _graphs(model.graph) for tensor in _tensors(graph)):
        raise model_error(messages.MODEL_EXTERNAL_DATA)
    return content


def _check_operators(model: onnx.ModelProto) -> None:
    imported = {opset.domain: opset.version for opset in model.opset_import}
    nodes = (node for graph in _graphs(model.graph) for node in graph.node)
    used = {node.domain for node in nodes}
    if model.functions or not (used | imported.keys()) <= STANDARD_DOMAINS:
        raise model_error(messages.MODEL_OPERATORS)
    version = imported.get("", imported.get("ai.onnx", 0))
    if version not in OPSETS:
        raise model_error(messages.MODEL_OPSET.format(version=version, first=OPSETS[0], last=OPSETS[-1]))


def _graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for subgraph in (attribute.g, *attribute.graphs):
                if subgraph.node or subgraph.initializer:
                    yield from _graphs(subgraph)


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)


def _is_external(tensor: onnx.TensorProto) -> bool:
    return tensor.data_location == onnx.TensorProto.EXTERNAL or len(tensor.external_data) > 0
