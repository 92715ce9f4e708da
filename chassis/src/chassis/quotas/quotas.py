"""Quotas: what a user may store and have waiting. Reservations hold it exactly among the requests of one process."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from chassis.commands.errors import DomainError, TryAgainLater
from chassis.ports.document_store import DocumentStore
from chassis.quotas import messages
from chassis.quotas.usage import COUNTED_STREAMS, Usage, counted_stream_in, total, usage_of
from chassis.runtime.settings import Settings

_MAX_AGE_SECONDS = 0.25
_SETTLED_SECONDS = 60.0
_MAX_USERS = 1000
_NEXT_JOB_SECONDS = 30
"""When to try again while jobs wait: most take seconds, some take minutes."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """The usage that every user is allowed; `jobs_waiting` None: any number."""

    bytes: int
    files: int
    jobs_waiting: int | None


def allowance(settings: Settings) -> Allowance:
    """Return the allowance that the settings give."""
    jobs_waiting = settings.user_jobs_waiting if settings.rate_limits == "on" else None
    return Allowance(settings.user_bytes, settings.user_files, jobs_waiting)


class SpaceExceeded(DomainError):
    """The user stores as many bytes or files as a user may."""


class TooManyJobsWaiting(TryAgainLater):
    """The user has as many queued or processing jobs as a user may."""


@dataclass(eq=False)
class Reservation:
    """What a request adds to a user's usage, until the counts show it.

    `stream`, `revision`: the event after which they do; `settled_at` is when that event was appended.
    """

    user: "_User" = field(repr=False)
    usage: Usage = field(default_factory=Usage)
    stream: str | None = None
    revision: int = 0
    settled_at: float = 0.0

    async def add(self, usage: Usage) -> None:
        """Reserve more, or nothing of it. Raises `SpaceExceeded` and `TooManyJobsWaiting`."""
        await self.user.reserve(self, usage)

    async def bytes_left(self) -> int:
        """Return how many bytes the user may still store."""
        return await self.user.bytes_left()

    @property
    def space_exceeded(self) -> SpaceExceeded:
        """The error for more bytes than are left."""
        return self.user.space_exceeded

    def settle(self, stream: str, revision: int) -> None:
        """Keep what is reserved until the counts show the event at a revision of a stream."""
        if self.usage == Usage():
            return
        self.stream, self.revision, self.settled_at = stream, revision, asyncio.get_running_loop().time()


@dataclass(eq=False)
class Quotas:
    """Holds users to their allowance, for the requests to one service of one process.

    Other processes are seen once their events are counted, so that together they may exceed it by what they do in the
    meantime: about a second, and the rate limits bound that.
    """

    documents: DocumentStore
    allowed: Allowance
    _users: "OrderedDict[int, _User]" = field(init=False, default_factory=OrderedDict[int, "_User"])

    @asynccontextmanager
    async def reservation(self, owner_id: int) -> AsyncGenerator[Reservation]:
        """Yield an empty reservation; unless it is settled in the block, it ends with it."""
        user = self._user(owner_id)
        reservation = Reservation(user)
        user.reservations.add(reservation)
        try:
            yield reservation
        finally:
            if reservation.stream is None:
                user.reservations.discard(reservation)

    def _user(self, owner_id: int) -> "_User":
        user = self._users.setdefault(owner_id, _User(self.documents, self.allowed, owner_id))
        self._users.move_to_end(owner_id)
        if len(self._users) > _MAX_USERS:
            self._forget_one()
        return user

    def _forget_one(self) -> None:
        """Forget the user who has not been seen for longest, unless a request of theirs is under way."""
        oldest = next(iter(self._users))
        if all(reservation.stream is not None for reservation in self._users[oldest].reservations):
            del self._users[oldest]
        else:
            self._users.move_to_end(oldest)


@dataclass(eq=False)
class _User:
    """A user's counted usage as it was read last, and the reservations that it does not show."""

    documents: DocumentStore
    allowed: Allowance
    owner_id: int
    reservations: set[Reservation] = field(default_factory=set[Reservation])
    counted: Usage = field(default_factory=Usage)
    _read_at: float = float("-inf")
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def reserve(self, reservation: Reservation, usage: Usage) -> None:
        if self.allowed.jobs_waiting is None:
            usage = replace(usage, jobs_waiting=0)
        if usage == Usage():
            return
        await self._read(max_age=_MAX_AGE_SECONDS)
        if self._excess(usage) is not None:
            await self._read(max_age=0)
        if (excess := self._excess(usage)) is not None:
            raise excess
        reservation.usage += usage

    async def bytes_left(self) -> int:
        await self._read(max_age=_MAX_AGE_SECONDS)
        return self.allowed.bytes - self._used.bytes

    @property
    def space_exceeded(self) -> SpaceExceeded:
        return SpaceExceeded(messages.TOO_MANY_BYTES.format(used=self._used.bytes, allowed=self.allowed.bytes))

    @property
    def _used(self) -> Usage:
        return self.counted + total(reservation.usage for reservation in self.reservations)

    def _excess(self, added: Usage) -> DomainError | None:
        used, allowed = self._used, self.allowed
        wanted = used + added
        if added.bytes and wanted.bytes > allowed.bytes:
            return self.space_exceeded
        if added.files and wanted.files > allowed.files:
            return SpaceExceeded(messages.TOO_MANY_FILES.format(allowed=allowed.files))
        if added.jobs_waiting and allowed.jobs_waiting is not None and wanted.jobs_waiting > allowed.jobs_waiting:
            return TooManyJobsWaiting(messages.TOO_MANY_JOBS.format(allowed=allowed.jobs_waiting), _NEXT_JOB_SECONDS)
        return None

    async def _read(self, max_age: float) -> None:
        """Read the counts, unless they were read a short time ago."""
        wanted_since = asyncio.get_running_loop().time() - max_age
        async with self._reading:
            if self._read_at < wanted_since:
                await self._read_counts()

    async def _read_counts(self) -> None:
        started = asyncio.get_running_loop().time()
        settled = [reservation for reservation in self.reservations if reservation.stream is not None]
        # The streams first: what they show, the usage that is read after them shows, too.
        shown = await self._shown(settled) if settled else set[Reservation]()
        self.counted = await usage_of(self.documents, self.owner_id)
        self.reservations -= shown
        self._read_at = started

    async def _shown(self, settled: list[Reservation]) -> set[Reservation]:
        """Return the reservations that the counts show, and those that are so old that they never will."""
        streams = await self.documents.get_many(COUNTED_STREAMS, [str(reservation.stream) for reservation in settled])
        expired = asyncio.get_running_loop().time() - _SETTLED_SECONDS
        shown = set[Reservation]()
        for reservation in settled:
            counted = counted_stream_in(streams.get(str(reservation.stream)))
            if reservation.settled_at < expired or (counted is not None and counted.revision >= reservation.revision):
                shown.add(reservation)
        return shown
