"""What a person who brings an own model says of it, in a JSON file beside the model."""

import hashlib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, ValidationError, model_validator

from analyzer.domain.failures import AnalysisFailed, FailureCode

LARGEST_MANIFEST = 1 << 20
AxisOrder = Literal["xyz", "xzy", "yxz", "yzx", "zxy", "zyx"]
Triple = tuple[PositiveFloat, PositiveFloat, PositiveFloat]


class Scale(BaseModel):
    """The model sees (clipped value - subtract) / divide."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subtract: float
    divide: Annotated[float, Field(gt=0)]


class Manifest(BaseModel):
    """How a model is to be fed and read.

    Attributes:
        model: the ONNX file's name, in the manifest's folder.
        sha256: of the ONNX file, 64 hex digits.
        input_name: the model's only input, float32 of shape (1, 1, *patch).
        axis_order: which patient axis each spatial axis of the input runs along.
        orientation: where the index grows to along x, y and z: the patient's left, back and head (LPS), or the
            right, front and head (RAS, as NIfTI).
        spacing_mm, patch: mm between voxels and voxels a window, each in the axis order.
        overlap: share of a window that its neighbour covers too.
        clip: (lowest, highest) value, in the image's units, before scaling.
        output: which activation turns the model's only output, of shape (1, channels, *patch), into probabilities.
        labels: channel -> name of what it marks; channels not named are background.
        threshold: a voxel is part of a finding from this probability.
        modality: DICOM modality that the model was made for.
        body_part: DICOM BodyPartExamined that it was made for; none: any.
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
    """Return the manifest and the SHA-256 of its bytes; raise `AnalysisFailed` MODEL_ERROR if it is not one."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_MANIFEST)
        return Manifest.model_validate_json(content), hashlib.sha256(content).hexdigest()
    except OSError as error:
        raise AnalysisFailed(FailureCode.MODEL_ERROR, "Описание модели не удалось прочитать") from error
    except ValidationError as error:
        fields = ", ".join(sorted({str(fault["loc"][0]) for fault in error.errors() if fault["loc"]}))
        message = f"Описание модели некорректно: {fields}" if fields else "Описание модели некорректно: это не JSON"
        raise AnalysisFailed(FailureCode.MODEL_ERROR, message) from None
