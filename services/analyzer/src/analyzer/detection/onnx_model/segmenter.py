"""Strategy that runs a custom ONNX model."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np

from analyzer import messages
from analyzer.detection.onnx_model.checks import read_model
from analyzer.detection.onnx_model.grid import model_grid, resample
from analyzer.detection.onnx_model.manifest import Manifest, read_manifest
from analyzer.detection.onnx_model.regions import candidates
from analyzer.detection.onnx_model.session import open_model
from analyzer.detection.onnx_model.windows import slide
from analyzer.detection.segmenter import Progress, Segmentation
from analyzer.domain.volume import Volume
from chassis.commands.message import Message

INFERENCE_SHARE = 0.9


@dataclass(frozen=True)
class OnnxModel:
    """Runs an ONNX model over the image as described in its manifest.

    `body_part` is the DICOM BodyPartExamined of the image, "" when unknown.
    """

    name = "onnx_model"

    manifest: Manifest
    content: bytes = field(repr=False)
    body_part: str

    @classmethod
    def load(cls, path: Path, body_part: str) -> Self:
        """Read and check the manifest at `path` and the model beside it; raise `AnalysisFailed` MODEL_ERROR."""
        manifest, _ = read_manifest(path)
        return cls(manifest, read_model(path.parent / manifest.model, manifest), body_part)

    def applies(self, volume: Volume) -> Message | None:
        """Return None when the model was trained for this modality and body part, else the reason."""
        if volume.modality != self.manifest.modality:
            return messages.MODEL_MODALITY.format(modality=self.manifest.modality)
        body_part = self.manifest.body_part
        if body_part is not None and body_part.casefold() != self.body_part.casefold():
            return messages.MODEL_BODY_PART.format(body_part=body_part)
        return None

    def segment(self, volume: Volume, progress: Progress) -> Segmentation:
        """Return the connected components of each label, in the order of the channels. Raises MODEL_ERROR."""
        manifest = self.manifest
        run, provider = open_model(self.content, manifest)
        grid = model_grid(volume, manifest)
        image = np.clip(resample(volume, grid, manifest.clip[0]), *manifest.clip)
        image = (image - np.float32(manifest.scale.subtract)) / np.float32(manifest.scale.divide)
        probabilities = slide(
            run, image, manifest.patch, manifest.overlap, lambda share: progress(share * INFERENCE_SHARE)
        )
        segmented = [
            candidate
            for channel in sorted(manifest.labels)
            for candidate in candidates(volume, grid, probabilities[channel], manifest.threshold, channel)
        ]
        progress(1.0)
        return Segmentation(self.name, self._parameters(), segmented, self._model(provider))

    def _parameters(self) -> dict[str, object]:
        return self.manifest.model_dump(mode="json", exclude={"name", "version", "model", "sha256", "licence"})

    def _model(self, provider: str) -> dict[str, object]:
        identity = self.manifest.model_dump(mode="json", include={"name", "version", "sha256", "licence"})
        return {**identity, "provider": provider}
