"""The only place that runs a model."""

import os
from collections.abc import Callable

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from analyzer.detection.onnx_model.checks import model_error
from analyzer.detection.onnx_model.manifest import Manifest

Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""From one window (patch) to its probabilities (channels, *patch)."""

ACCELERATORS = ("CUDAExecutionProvider", "MIGraphXExecutionProvider", "CoreMLExecutionProvider", "DmlExecutionProvider")
FATAL_ONLY = 4
NO_MEMORY = ("Failed to allocate", "bad_alloc", "bad allocation")
"""What the runtime says when there is too little memory, which may pass: it has no class of error for that."""


def open_model(content: bytes, manifest: Manifest) -> tuple[Run, str]:
    """Return a function that judges one window, and the name of the provider that will do it.

    Raises `AnalysisFailed` MODEL_ERROR, now or when run, if the model does not do what its manifest says; MemoryError.
    """
    session = _session(content)
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if [tensor.name for tensor in inputs] != [manifest.input_name] or len(outputs) != 1:
        raise model_error("У модели должен быть один вход, названный в описании, и один выход")
    if inputs[0].type != "tensor(float)":
        raise model_error("Вход модели должен быть типа float32")

    def run(window: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            outcome = session.run(None, {manifest.input_name: window[np.newaxis, np.newaxis]})[0]
        except Exception as error:
            if any(words in str(error) for words in NO_MEMORY):
                raise MemoryError from error
            raise model_error("Модель не смогла обработать изображение") from error
        return _probabilities(np.asarray(outcome), manifest)

    return run, session.get_providers()[0]


def _session(content: bytes) -> ort.InferenceSession:
    ort.disable_telemetry_events()  # what is analysed here is nobody else's business
    options = ort.SessionOptions()
    options.log_severity_level = FATAL_ONLY
    options.use_deterministic_compute = True
    options.intra_op_num_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    offered = set(ort.get_available_providers())
    chosen = [name for name in ACCELERATORS if name in offered]
    try:
        return ort.InferenceSession(content, options, providers=[*chosen, "CPUExecutionProvider"])
    except Exception as error:
        raise model_error("Модель не удалось загрузить") from error


def _probabilities(outcome: NDArray[np.float32], manifest: Manifest) -> NDArray[np.float32]:
    """Return (channels, *patch) of a raw output (1, channels, *patch)."""
    if outcome.ndim != 5 or outcome.shape[0] != 1 or outcome.shape[2:] != manifest.patch:
        raise model_error("Размер выхода модели не соответствует описанию")
    if max(manifest.labels) >= outcome.shape[1]:
        raise model_error("В описании названо больше каналов, чем даёт модель")
    if not np.isfinite(outcome).all():
        raise model_error("Модель вернула значения, которые не являются числами")
    raw = outcome[0].astype(np.float32)
    if manifest.output == "sigmoid":
        return (1 / (1 + np.exp(-np.clip(raw, -80, 80)))).astype(np.float32)
    powers = np.exp(raw - raw.max(axis=0))
    return (powers / powers.sum(axis=0)).astype(np.float32)
