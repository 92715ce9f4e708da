"""Settings of the analyzer, in addition to those of every service."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from chassis.runtime.settings import Settings


class AnalyzerSettings(Settings):
    """Limits of one analysis, its model and its work folder."""

    analyzer_memory_bytes: Annotated[int, Field(ge=512 << 20)] = 4 << 30
    """Address space limit, in bytes, of the child process that reads an upload."""
    analyzer_parallel: Annotated[int, Field(ge=1, le=64)] | None = None
    """Analyses at once; default: half the processors. Never more than fit into the memory, with 1 GiB for the rest."""
    analyzer_seconds: Annotated[int, Field(ge=1)] = 15 * 60
    """Time limit, in seconds, of an analysis without a model."""
    analyzer_seconds_with_model: Annotated[int, Field(ge=1)] = 30 * 60
    """Time limit, in seconds, of an analysis with a model."""
    analyzer_model: Path | None = None
    """Manifest (JSON) of an ONNX model to try first."""
    analyzer_require_cage: bool = False
    """Whether to refuse to start where the kernel lacks Landlock or seccomp, which confine that child process."""
    work_dir: Path | None = None
    """Folder for uploads during their analysis, for nothing else; default: `work` in the data folder."""
