"""Configuration of an analysis: everything except the input that determines the result."""

import hashlib
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from analyzer.reading.limits import ReadingLimits


class AnalysisConfiguration(BaseModel):
    """Configuration of an analysis.

    Attributes:
        model_manifest: path of the JSON manifest of an ONNX model to try first; None: built-in strategies only.
        reading: limits of what is read of an upload before it is refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_manifest: Path | None = None
    reading: ReadingLimits = ReadingLimits()

    def digest(self) -> str:
        """Return a hash (hex) of the configuration, the analyzer's version and the model manifest.

        Equal inputs analysed under equal digests give equal results. Raises OSError if the manifest can't be read.
        """
        manifest = b"" if self.model_manifest is None else self.model_manifest.read_bytes()
        settings = self.model_dump_json(exclude={"model_manifest"})
        parts = (version("california-gold-analyzer").encode(), settings.encode(), manifest)
        return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
