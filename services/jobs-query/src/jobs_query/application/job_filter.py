"""JobFilter: which of a user's jobs a list has, by status and by text."""

from collections.abc import Set
from dataclasses import dataclass
from typing import cast
from unicodedata import normalize

import orjson

from california_gold_contracts.jobs import JobStatus
from chassis.projections.projector import View

_RESULTS = b',"results_payload":'
_TEXTS = ("title", "description", "file_name")


@dataclass(frozen=True)
class JobFilter:
    """Selects jobs that have one of the `statuses` (none: any), and the text `search` (empty: any).

    The text may be a part of title, description or file name, in whatever case, or the job's number or UUID.
    """

    statuses: Set[JobStatus] = frozenset()
    search: str = ""

    @property
    def selects_all(self) -> bool:
        """Whether every job is selected."""
        return not self.statuses and not _comparable(self.search)

    def selects(self, job: View) -> bool:
        """Return whether a job is selected; of its view `head_of` is enough."""
        if self.statuses and job["status"] not in self.statuses:
            return False
        wanted = _comparable(self.search)
        if wanted.removeprefix("#") in (str(job["number"]), job["id"]):
            return True
        return any(wanted in _comparable(cast("str | None", job[name]) or "") for name in _TEXTS)


def head_of(body: bytes) -> View:
    """Return a job's view up to its results, which are most of the body and cost most of its parsing.

    The fields have the order of the response, and no text has these bytes: its quotation marks are escaped.
    """
    head, results, _ = body.partition(_RESULTS)
    return orjson.loads(head + b"}" if results else body)


def _comparable(text: str) -> str:
    return normalize("NFC", text.strip().casefold())
