"""Protocol between the service and the child: one request on the child's stdin, JSON lines on its stdout."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from analyzer.configuration import AnalysisConfiguration
from analyzer.domain.failures import FailureCode
from analyzer.isolation.limits import ChildLimits
from chassis.commands.message import Message

MAX_LINE_BYTES = 1 << 16
READY = b"\0"
"""What the template writes to its control socket once it can fork."""


class AnalysisRequest(BaseModel):
    """An analysis to run.

    Attributes:
        files: the upload, under any name; absolute.
        work_folder: an existing folder of this analysis alone; the outputs go to its subfolder `output`, which must
            not exist; it is emptied unless the analysis succeeds.
        key: secret of the keyed hashes of study and series; None: derived from the input, so that only equal inputs
            give equal hashes.
    """

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    files: Annotated[tuple[Path, ...], Field(min_length=1)]
    work_folder: Path
    configuration: AnalysisConfiguration
    key: Annotated[bytes | None, Field(repr=False)] = None

    @property
    def output_folder(self) -> Path:
        """Folder of `result.json` and the artifacts."""
        return self.work_folder / "output"


class Start(BaseModel):
    """Message to the child: the request, its limits and the time limit (seconds)."""

    request: AnalysisRequest
    limits: ChildLimits
    seconds: int


class Progressed(BaseModel):
    """Message of the child: progress in whole per cent."""

    type: Literal["progressed"] = "progressed"
    stage: Annotated[str, Field(max_length=32)]
    progress: Annotated[int, Field(ge=0, le=100)]


class Failed(BaseModel):
    """Message of the child: the analysis failed. `trace` names functions and lines of our code, never data."""

    type: Literal["failed"] = "failed"
    code: FailureCode
    message: Message
    trace: tuple[str, ...] = ()


ChildMessage = Annotated[Progressed | Failed, Field(discriminator="type")]
child_message: TypeAdapter[Progressed | Failed] = TypeAdapter(ChildMessage)
