"""`california-gold audit access` and `audit user --access`: the security log by command line."""

import asyncio
import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from chassis.composition.embedded import embedded
from chassis.security_log.day_keys import DayKeys
from chassis.security_log.entry import SecurityEntry, stream_of
from chassis.security_log.security_log import SecurityLog
from testkit.clock import ManualClock
from tests.audit.tampering import change

Run = Callable[..., tuple[int, str]]
NOW = datetime.now(UTC)
WRITTEN_ON = NOW.date()
SINCE = ("--since", str(WRITTEN_ON))
"""What the command reads where midnight may lie between the import of this module and its tests."""
ENTRIES = [
    SecurityEntry("login", user_id=7, address="192.0.2.0/24", time=NOW),
    SecurityEntry("login-refused", name_hash="=cmd()", reason="unknown name", address="192.0.2.0/24", time=NOW),
    SecurityEntry("download", user_id=8, subject="job-1/file", address="2001:db8::/64", time=NOW),
]


async def _record(folder: Path, time: datetime, retention: timedelta) -> None:
    async with embedded(folder, clock=ManualClock(time)) as infrastructure:
        await DayKeys(infrastructure, retention).renew()
        log = SecurityLog(infrastructure)
        for entry in ENTRIES:
            log.record(entry)
        await log.drain()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    asyncio.run(_record(tmp_path / "data", NOW, timedelta(days=180)))
    return tmp_path / "data"


@pytest.mark.usefixtures("data")
def test_the_entries_of_today_are_printed(run: Run) -> None:
    code, printed = run("audit", "access", *SINCE, "--format", "json")
    assert code == 0, printed
    assert [entry["action"] for entry in orjson.loads(printed)] == ["login", "login-refused", "download"]
    assert "192.0.2.0/24" in run("audit", "access", *SINCE)[1]


@pytest.mark.usefixtures("data")
def test_the_entries_of_one_user_are_printed(run: Run) -> None:
    _, printed = run("audit", "user", "8", "--access", "--format", "json")
    assert [entry["subject"] for entry in orjson.loads(printed)] == ["job-1/file"]
    assert run("audit", "user", "9", "--access") == (0, "no entries\n")


@pytest.mark.usefixtures("data")
def test_a_spreadsheet_finds_no_formula_in_an_entry(run: Run) -> None:
    _, printed = run("audit", "access", *SINCE, "--format", "csv")
    assert [row["name_hash"] for row in csv.DictReader(io.StringIO(printed))] == ["", "'=cmd()", ""]


@pytest.mark.usefixtures("data")
def test_reading_is_recorded_in_the_access_log_of_the_audit(run: Run) -> None:
    day = datetime.now(UTC).date()
    run("audit", "access", *SINCE)
    code, printed = run("audit", "verify", "--stream", f"audit-{day}")
    assert (code, "2 events" in printed) == (0, True), printed


def test_days_after_their_retention_are_named(run: Run, data: Path) -> None:
    asyncio.run(_record(data, NOW + timedelta(days=2), timedelta(days=1)))
    _, printed = run("audit", "access", *SINCE, "--until", str(WRITTEN_ON))
    assert f"not readable any more, after their retention: {WRITTEN_ON}" in printed
    assert run("audit", "verify", "--all")[0] == 0


def test_a_changed_entry_is_noticed(run: Run, data: Path) -> None:
    change(data, stream_of(WRITTEN_ON), 1, "data", b'"sealed":"', b'"sealed":"AAAA')
    code, printed = run("audit", "access", *SINCE)
    assert (code, f"changed since they were written: security-{WRITTEN_ON}@1" in printed) == (4, True), printed
    assert "job-1/file" in printed


@pytest.mark.parametrize(
    "arguments",
    [
        ("access", "--since", "2024-02-30"),
        ("access", "--since", "2024-05-02", "--until", "2024-05-01"),
        ("access", "--since", "0001-01-01"),
        ("user", "doctor", "--access"),
        ("user", "7", "--access", "--as-of", "1"),
    ],
)
@pytest.mark.usefixtures("data")
def test_a_wrong_command_line_is_refused(run: Run, arguments: tuple[str, ...]) -> None:
    assert run("audit", *arguments)[0] == 2
