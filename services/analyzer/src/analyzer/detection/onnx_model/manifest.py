"""Manifest of a custom model: a JSON file beside the ONNX file."""

import hashlib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, ValidationError, model_validator

from analyzer import messages
from analyzer.domain.failures import AnalysisFailed, FailureCode

MAX_MANIFEST_BYTES = 1 << 20
AxisOrder = Literal["xyz", "xzy", "yxz", "yzx", "zxy", "zyx"]
Triple = tuple[PositiveFloat, PositiveFloat, PositiveFloat]


class Scale(BaseModel):
    """Intensity scaling of the input: (clipped value - subtract) / divide."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subtract: float
    divide: Annotated[float, Field(gt=0)]


class Manifest(BaseModel):
    """Description of a model, its input and its output.

    Attributes:
        model: the ONNX file's name, in the manifest's folder.
        sha256: of the ONNX file, 64 hex digits.
        input_name: the model's only input, float32 of shape (1, 1, *patch).
        axis_order: the patient axis of each spatial axis of the input.
        orientation: direction of increasing index along x, y and z: left, posterior, superior (LPS), or right,
            anterior, superior (RAS, as in NIfTI).
        spacing_mm, patch: voxel spacing (mm) and window size (voxels), in the axis order.
        overlap: share of a window that overlaps with its neighbour.
        clip: (lowest, highest) value, in the image's units, before scaling.
        output: activation that converts the model's only output, of shape (1, channels, *patch), to probabilities.
        labels: channel -> name of its class; other channels are background.
        threshold: minimum probability of a voxel of a finding.
        modality: DICOM modality that the model was trained for.
        body_part: DICOM BodyPartExamined that it was trained for; null: any.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=64)]
    version: Annotated[str, Field(min_length=1, max_length=64)]
    model: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*\.onnx$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    licence: Annotated[str, Field(min_length=1)]
    input_name: str
    axis_order: AxisOrder
    orientation: Literal["LPS", "RAS"] = "LPS"
    spacing_mm: Triple
    patch: tuple[PositiveInt, PositiveInt, PositiveInt]
    overlap: Annotated[float, Field(ge=0, le=0.9)]
    clip: tuple[float, float]
    scale: Scale
    output: Literal["sigmoid", "softmax"]
    labels: Annotated[dict[Annotated[int, Field(ge=0)], str], Field(min_length=1)]
    threshold: Annotated[float, Field(gt=0, lt=1)]
    modality: Annotated[str, Field(min_length=1)]
    body_part: str | None = None

    @model_validator(mode="after")
    def _clip_is_a_range(self) -> Self:
        if self.clip[0] >= self.clip[1]:
            raise ValueError("clip must be (lowest, highest)")
        return self


def read_manifest(path: Path) -> tuple[Manifest, str]:
    """Return the manifest and the SHA-256 of its bytes. Raises `AnalysisFailed` MODEL_ERROR for an invalid one."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_MANIFEST_BYTES)
        return Manifest.model_validate_json(content), hashlib.sha256(content).hexdigest()
    except OSError as error:
        raise AnalysisFailed(FailureCode.MODEL_ERROR, messages.MANIFEST_UNREADABLE) from error
    except ValidationError as error:
        fields = ", ".join(sorted({str(detail["loc"][0]) for detail in error.errors() if detail["loc"]}))
        message = messages.MANIFEST_INVALID.format(fields=fields) if fields else messages.MANIFEST_NOT_JSON
        raise AnalysisFailed(FailureCode.MODEL_ERROR, message) from None
