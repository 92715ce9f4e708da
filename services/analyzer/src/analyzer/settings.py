"""What the analyzer may be told beside what every service may be."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from chassis.runtime.settings import Settings


class AnalyzerSettings(Settings):
    """Limits of one analysis, and what it uses."""

    analyzer_memory_bytes: Annotated[int, Field(ge=512 << 20)] = 4 << 30
    """Address space, in bytes, of the process that reads an upload."""
    analyzer_seconds: Annotated[int, Field(ge=1)] = 15 * 60
    """Longest time, in seconds, of an analysis without a model."""
    analyzer_seconds_with_model: Annotated[int, Field(ge=1)] = 30 * 60
    """Longest time, in seconds, of an analysis with a model."""
    analyzer_model: Path | None = None
    """Manifest (JSON) beside an ONNX model that is to be tried first."""
    work_dir: Path | None = None
    """Folder for uploads while they are analysed; `work` in the data folder when not given."""
