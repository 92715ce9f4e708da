"""Studies that a person sends to the product, without a browser."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from testkit.eventually import eventually_blocking
from tests.console.person import Person

DRAWN_MS = 60_000
"""How long a busy machine without a graphics card may take to draw the first image."""

_MAX_WAIT = 120.0
"""Seconds that an analysis may take on a busy machine."""


def submit(person: Person, study: Path, title: str) -> str:
    """Create a job with a study; return its UUID."""
    with study.open("rb") as file:
        answer = httpx.post(
            f"{person.url}/jobs", files={"file": (study.name, file)}, data={"title": title}, headers=_headers(person)
        )
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def analysed(person: Person, study: Path, title: str) -> str:
    """Create a job with a study and wait for its end; return its UUID."""
    job = submit(person, study, title)
    wait_for_job(person, job, lambda answer: answer["status"] not in {"queued", "processing"})
    return job


def wait_for_job(person: Person, job: str, is_so: Callable[[Mapping[str, Any]], bool]) -> None:
    """Wait until the API says of a job what is waited for."""
    headers = _headers(person)

    def said() -> bool:
        return is_so(httpx.get(f"{person.url}/jobs/{job}", headers=headers).json())

    eventually_blocking(said, within=_MAX_WAIT)


def wait_for_statistics(person: Person, is_so: Callable[[Mapping[str, Any]], bool]) -> None:
    """Wait until the statistics of a user's jobs, which follow the events, say what is waited for."""
    headers = _headers(person)

    def said() -> bool:
        return is_so(httpx.get(f"{person.url}/stats", params={"scope": "own"}, headers=headers).json())

    eventually_blocking(said, within=_MAX_WAIT)


def downloaded(person: Person, job: str, artifact: str) -> bytes:
    """Return an artifact of a job, as the API gives it."""
    return httpx.get(f"{person.url}/jobs/{job}/artifacts/{artifact}", headers=_headers(person)).content


def results(person: Person, job: str) -> dict[str, Any]:
    """Return the results of a job."""
    return httpx.get(f"{person.url}/jobs/{job}/results", headers=_headers(person)).json()["results"]


def _headers(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token()}"}
