"""ONNX Runtime session of a model."""

import os
from collections.abc import Callable

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from analyzer import messages
from analyzer.detection.onnx_model.checks import model_error
from analyzer.detection.onnx_model.manifest import Manifest

Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Maps a window (patch) to its probabilities (channels, *patch)."""

ACCELERATORS = ("CUDAExecutionProvider", "MIGraphXExecutionProvider", "CoreMLExecutionProvider", "DmlExecutionProvider")
LOG_FATAL_ONLY = 4
OUT_OF_MEMORY_TEXTS = ("Failed to allocate", "bad_alloc", "bad allocation")
"""Texts of the runtime's errors for insufficient memory, a retryable failure without an exception type of its own."""


def open_model(content: bytes, manifest: Manifest) -> tuple[Run, str]:
    """Return a function that runs the model on a window, and the name of its execution provider.

    Both raise `AnalysisFailed` MODEL_ERROR if the model contradicts its manifest, and MemoryError.
    """
    session = _session(content)
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if [tensor.name for tensor in inputs] != [manifest.input_name] or len(outputs) != 1:
        raise model_error(messages.MODEL_INPUTS)
    if inputs[0].type != "tensor(float)":
        raise model_error(messages.MODEL_INPUT_TYPE)

    def run(window: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            outcome = session.run(None, {manifest.input_name: window[np.newaxis, np.newaxis]})[0]
        except Exception as error:
            if any(text in str(error) for text in OUT_OF_MEMORY_TEXTS):
                raise MemoryError from error
            raise model_error(messages.MODEL_RUN_FAILED) from error
        return _probabilities(np.asarray(outcome), manifest)

    return run, session.get_providers()[0]


def _session(content: bytes) -> ort.InferenceSession:
    ort.disable_telemetry_events()  # privacy: nothing about an analysis leaves the process
    options = ort.SessionOptions()
    options.log_severity_level = LOG_FATAL_ONLY
    options.use_deterministic_compute = True
    options.intra_op_num_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    available = set(ort.get_available_providers())
    chosen = [name for name in ACCELERATORS if name in available]
    try:
        return ort.InferenceSession(content, options, providers=[*chosen, "CPUExecutionProvider"])
    except Exception as error:
        raise model_error(messages.MODEL_LOAD_FAILED) from error


def _probabilities(outcome: NDArray[np.float32], manifest: Manifest) -> NDArray[np.float32]:
    """Return (channels, *patch) of a raw output (1, channels, *patch)."""
    if outcome.ndim != 5 or outcome.shape[0] != 1 or outcome.shape[2:] != manifest.patch:
        raise model_error(messages.MODEL_OUTPUT_SHAPE)
    if max(manifest.labels) >= outcome.shape[1]:
        raise model_error(messages.MODEL_CHANNELS)
    if not np.isfinite(outcome).all():
        raise model_error(messages.MODEL_NOT_FINITE)
    raw = outcome[0].astype(np.float32)
    if manifest.output == "sigmoid":
        return (1 / (1 + np.exp(-np.clip(raw, -80, 80)))).astype(np.float32)
    powers = np.exp(raw - raw.max(axis=0))
    return (powers / powers.sum(axis=0)).astype(np.float32)
