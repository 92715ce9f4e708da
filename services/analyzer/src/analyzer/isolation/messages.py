"""What the parent and the child tell each other: one request on the child's stdin, lines of JSON on its stdout."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from analyzer.configuration import AnalysisConfiguration
from analyzer.domain.failures import FailureCode
from analyzer.isolation.limits import ChildLimits

LONGEST_LINE = 1 << 16
OUT_OF_MEMORY_MESSAGE = "Для анализа не хватило памяти"
TIMEOUT_MESSAGE = "Анализ не уложился в отведённое время"
INTERNAL_MESSAGE = "Анализ прервался из-за внутренней ошибки"


class AnalysisRequest(BaseModel):
    """One analysis to run.

    Attributes:
        files: the upload, under any name; absolute.
        work_folder: an existing folder that belongs to this analysis alone; the outputs go to its `output`, and it is
            emptied unless the analysis succeeds.
        key: secret that study and series keys are hashed with; None: derived from the input, so that
            equal inputs, and only they, give equal keys.
    """

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    files: Annotated[tuple[Path, ...], Field(min_length=1)]
    work_folder: Path
    configuration: AnalysisConfiguration
    key: Annotated[bytes | None, Field(repr=False)] = None

    @property
    def output_folder(self) -> Path:
        """Where the child writes `result.json` and the artifacts."""
        return self.work_folder / "output"


class Start(BaseModel):
    """What the child is told."""

    request: AnalysisRequest
    limits: ChildLimits
    seconds: int
    parent: int


class Progressed(BaseModel):
    """The child has come so far, in whole per cent."""

    kind: Literal["progressed"] = "progressed"
    stage: Annotated[str, Field(max_length=32)]
    progress: Annotated[int, Field(ge=0, le=100)]


class Failed(BaseModel):
    """The child gives up. `trace` names places in our code, never what was in the data."""

    kind: Literal["failed"] = "failed"
    code: FailureCode
    message: str
    trace: tuple[str, ...] = ()


Message = Annotated[Progressed | Failed, Field(discriminator="kind")]
message_reader: TypeAdapter[Progressed | Failed] = TypeAdapter(Message)
