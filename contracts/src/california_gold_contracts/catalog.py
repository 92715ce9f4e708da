"""Catalog of events: wire type ↔ class, and upcasters from old versions to the current one."""

from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import JsonValue, TypeAdapter

from california_gold_contracts import analysis, earlier_versions, files, jobs, tokens, users
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event

JsonObject = dict[str, JsonValue]
_OBJECT = TypeAdapter[JsonObject](JsonObject)


class UnknownEventType(LookupError):
    """The catalog has no class for this wire type: a newer producer wrote it, or another system."""


@dataclass(frozen=True)
class Upcaster:
    """Converts the data of wire type `old` to that of wire type `new`."""

    old: str
    new: str
    upcast: Callable[[JsonObject], JsonObject]


@dataclass(frozen=True)
class Catalog:
    """The events that a reader understands."""

    events: tuple[type[Event], ...]
    upcasters: tuple[Upcaster, ...] = ()
    _classes: dict[str, type[Event]] = field(init=False, repr=False, default_factory=dict[str, type[Event]])
    _upcasters: dict[str, Upcaster] = field(init=False, repr=False, default_factory=dict[str, Upcaster])

    def __post_init__(self) -> None:
        self._classes.update({event.wire_type: event for event in self.events})
        self._upcasters.update({upcaster.old: upcaster for upcaster in self.upcasters})
        if len(self._classes) != len(self.events):
            raise ValueError("two events share a wire type")

    @property
    def wire_types(self) -> tuple[str, ...]:
        """Every wire type that `decode` can read, current versions first."""
        return (*self._classes, *self._upcasters)

    def newest(self, wire_type: str) -> str:
        """Return the current version that this wire type is upcast to. Raises `UnknownEventType`."""
        while wire_type not in self._classes:
            if wire_type not in self._upcasters:
                raise UnknownEventType(wire_type)
            wire_type = self._upcasters[wire_type].new
        return wire_type

    def knows(self, wire_type: str) -> bool:
        """Whether `decode` can read this wire type."""
        return wire_type in self._classes or wire_type in self._upcasters

    def decode(self, wire_type: str, data: bytes) -> Event:
        """Read an event, upcasting an old version. Raises `UnknownEventType` or pydantic's `ValidationError`."""
        known = self._classes.get(wire_type)
        if known is not None:
            return known.model_validate_json(data)
        return self._decode_old(wire_type, _OBJECT.validate_json(data))

    def read(self, envelope: Envelope) -> Event:
        """Return the event in an envelope as `decode` does, once for all who read the same envelope."""
        if not self.knows(envelope.type):
            raise UnknownEventType(envelope.type)
        return envelope.event(self.decode)

    def _decode_old(self, wire_type: str, data: JsonObject) -> Event:
        while wire_type not in self._classes:
            upcaster = self._upcasters.get(wire_type)
            if upcaster is None:
                raise UnknownEventType(wire_type)
            wire_type, data = upcaster.new, upcaster.upcast(data)
        return self._classes[wire_type].model_validate(data)


def encode(event: Event) -> bytes:
    """Write an event's data as JSON."""
    return event.model_dump_json().encode()


def _unsealed(old: str, event: type[Event]) -> Upcaster:
    return Upcaster(old, event.wire_type, earlier_versions.plain_texts_v1)


USERS = Catalog((users.UserRegistered, users.UserChanged, users.UserDeleted))
TOKENS = Catalog((tokens.TokenRevoked, tokens.UserTokensRevoked))
FILES = Catalog((files.FileStored, files.FileDeleted), (_unsealed("files.file-stored.v1", files.FileStored),))
JOBS = Catalog(
    (
        jobs.JobSubmitted,
        jobs.JobDescribed,
        jobs.JobInputAttached,
        jobs.AnalysisStarted,
        jobs.AnalysisProgressed,
        jobs.AnalysisCompleted,
        jobs.AnalysisFailed,
        jobs.JobRequeued,
        jobs.JobCancelled,
        jobs.JobStatusSet,
        jobs.JobDeleted,
    ),
    (
        Upcaster("jobs.analysis-failed.v1", jobs.AnalysisFailed.wire_type, earlier_versions.analysis_failed_v1),
        _unsealed("jobs.job-submitted.v1", jobs.JobSubmitted),
        _unsealed("jobs.job-described.v1", jobs.JobDescribed),
        _unsealed("jobs.job-input-attached.v1", jobs.JobInputAttached),
    ),
)
ANALYSIS = Catalog(
    (
        analysis.AnalysisStarted,
        analysis.AnalysisProgressed,
        analysis.AnalysisCompleted,
        analysis.AnalysisFailed,
    ),
    (Upcaster("analysis.analysis-failed.v1", analysis.AnalysisFailed.wire_type, earlier_versions.analysis_failed_v1),),
)

_ALL = (USERS, TOKENS, FILES, JOBS, ANALYSIS)

CATALOG = Catalog(
    tuple(event for catalog in _ALL for event in catalog.events),
    tuple(upcaster for catalog in _ALL for upcaster in catalog.upcasters),
)
