"""Tiny models, made here: they light up where the scaled value is above a half."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from analyzer.domain.volume import Volume

BuildModel = Callable[..., onnx.ModelProto]
WriteManifest = Callable[..., Path]
BuildVolume = Callable[..., Volume]

PATCH = (24, 24, 24)
STEEPNESS = 20.0


@pytest.fixture
def build_model() -> BuildModel:
    """Return a maker of (x - 0.5) * 20, of one channel, or of two with the second lit up."""

    def build(*, channels: int = 1, opset: int = 17, patch: tuple[int, ...] = PATCH) -> onnx.ModelProto:
        scaled = [
            helper.make_node("Sub", ["image", "half"], ["centred"]),
            helper.make_node("Mul", ["centred", "steepness"], ["lit"]),
        ]
        doubled = [
            helper.make_node("Neg", ["lit"], ["dark"]),
            helper.make_node("Concat", ["dark", "lit"], ["both"], axis=1),
        ]
        graph = helper.make_graph(
            scaled if channels == 1 else [*scaled, *doubled],
            "lights",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, *patch])],
            [
                helper.make_tensor_value_info(
                    "lit" if channels == 1 else "both", TensorProto.FLOAT, [1, channels, *patch]
                )
            ],
            [
                helper.make_tensor("half", TensorProto.FLOAT, [], [0.5]),
                helper.make_tensor("steepness", TensorProto.FLOAT, [], [STEEPNESS]),
            ],
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)

    return build


@pytest.fixture
def write_manifest(tmp_path: Path, build_model: BuildModel) -> WriteManifest:
    """Return a writer of a model and its manifest; keywords replace fields of the manifest."""

    def write(model: onnx.ModelProto | bytes | None = None, /, **fields: object) -> Path:
        content = model if isinstance(model, bytes) else (model or build_model()).SerializeToString()
        (tmp_path / "lights.onnx").write_bytes(content)
        manifest = {
            "name": "lights",
            "version": "1",
            "model": "lights.onnx",
            "sha256": hashlib.sha256(content).hexdigest(),
            "licence": "CC0-1.0",
            "input_name": "image",
            "axis_order": "zyx",
            "spacing_mm": [2.0, 1.5, 1.5],
            "patch": PATCH,
            "overlap": 0.5,
            "clip": [-1000, 200],
            "scale": {"subtract": -1000, "divide": 1200},
            "output": "sigmoid",
            "labels": {"0": "nodule"},
            "threshold": 0.5,
            "modality": "CT",
        }
        path = tmp_path / "lights.json"
        path.write_text(json.dumps({**manifest, **fields}))
        return path

    return write


@pytest.fixture
def build_volume() -> BuildVolume:
    """Return a maker of lung-like air with soft balls (LPS centre, radius in mm) on a grid of any direction."""

    def build(
        *balls: tuple[tuple[float, float, float], float],
        row_direction: tuple[float, float, float] = (1, 0, 0),
        column_direction: tuple[float, float, float] = (0, 1, 0),
        steps: tuple[float, ...] = (2.5,) * 31,
    ) -> Volume:
        rows, columns = np.array(row_direction, float), np.array(column_direction, float)
        normal = np.cross(rows, columns)
        positions = np.concatenate([[0.0], np.cumsum(steps)]) - sum(steps) / 2
        first = -rows * 1.25 * 31.5 - columns * 1.25 * 31.5
        origins = first + np.outer(positions, normal)
        volume = Volume(np.full((len(origins), 64, 64), -900, np.int16), rows, columns, origins, (1.25, 1.25), "CT")
        indices = np.indices(volume.voxels.shape).reshape(3, -1).T[:, ::-1].astype(float)
        at = volume.to_patient(indices)
        for centre, radius in balls:
            inside = np.linalg.norm(at - np.array(centre), axis=1) <= radius
            volume.voxels.reshape(-1)[inside] = 40
        return volume

    return build
