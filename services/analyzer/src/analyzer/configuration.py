"""What decides, beside the input, what an analysis answers."""

import hashlib
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from analyzer.reading.limits import ReadingLimits


class AnalysisConfiguration(BaseModel):
    """How to analyse.

    Attributes:
        model_manifest: JSON beside an ONNX model to try first; None: the built-in strategies only.
        reading: how much of an upload is looked at before it is refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_manifest: Path | None = None
    reading: ReadingLimits = ReadingLimits()

    def digest(self) -> str:
        """Return a hash (hex) of all of this, the analyzer's version and the model that the manifest names.

        Equal input with equal digests has equal results. Raises OSError if the manifest can't be read.
        """
        manifest = b"" if self.model_manifest is None else self.model_manifest.read_bytes()
        rest = self.model_dump_json(exclude={"model_manifest"})
        parts = (version("california-gold-analyzer").encode(), rest.encode(), manifest)
        return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
