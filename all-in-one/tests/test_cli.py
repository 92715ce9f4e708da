"""The command line: help, version, completion, and errors that a user can fix."""

import asyncio
import fcntl
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import orjson
import pytest

from california_gold.settings import AllSettings
from chassis.commands.recording import envelope_of
from chassis.composition.embedded import embedded
from chassis.messaging.parking import Parked, ParkedState, Parking
from chassis.ports.message_bus import ReceivedMessage
from identity.domain.errors import SigningKeyNotFound, UserNotFound

Run = Callable[..., tuple[int, str]]
T = TypeVar("T")


def with_parking(folder: Path, work: Callable[[Parking], Awaitable[T]]) -> T:
    async def run() -> T:
        async with embedded(folder) as infrastructure:
            return await work(Parking(infrastructure.documents, infrastructure.clock))

    return asyncio.run(run())


@pytest.fixture
def parked(tmp_path: Path) -> Parked:
    message = ReceivedMessage("california-gold.jobs", "key-1", b'{"title": "Ivanov"}', (), 0, 5)
    return with_parking(
        tmp_path / "data", lambda parking: parking.park("jobs-query", message, ParkedState.PARKED, "KeyError", 5)
    )


def test_help_names_every_command(run: Run) -> None:
    code, printed = run("--help")
    assert code == 0
    for name in ("serve", "users", "parked", "audit", "analyze", "settings", "version"):
        assert f" {name} " in printed


def test_help_groups_the_commands_by_audience(run: Run) -> None:
    _, printed = run("--help")
    panels = [printed.index(f"─ {title} ─") for title in ("Run", "Operate", "Audit")]
    commands = [printed.index(f"│ {name} ") for name in ("serve", "parked", "audit")]
    assert sorted(panels + commands) == [index for pair in zip(panels, commands, strict=True) for index in pair]


HEAVY = (
    *("fastapi", "starlette", "pydantic", "uvicorn", "structlog", "numpy", "pydicom", "cryptography"),
    *("chassis.http", "chassis.ports.infrastructure", "california_gold.application", "california_gold.settings"),
    *("identity", "storage", "jobs_command", "jobs_query", "analyzer", "notifier", "california_gold_contracts"),
)


def test_help_imports_nothing_that_only_a_running_command_needs() -> None:
    program = (
        "import sys; from california_gold.cli import main; sys.argv = ['california-gold', '--help']\n"
        "try: main()\n"
        f"finally: print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=os.environ, check=True)
    assert "Usage: california-gold" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def completed(words: str) -> list[str]:
    """What a shell completes: the last word of a command line."""
    program = "import sys; sys.argv = ['california-gold']; from california_gold.cli import main; main()"
    asked = {"_CALIFORNIA_GOLD_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": f"{words.count(' ')}"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env={**os.environ, **asked})
    return done.stdout.split()


def test_a_shell_completes_commands_and_names_of_read_models() -> None:
    assert set(completed("california-gold re")) == {"rebuild", "read-models", "replay", "restore"}
    assert set(completed("california-gold rebuild job")) == {"jobs", "job-files"}


def test_the_completion_script_is_printed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    # Else typer looks for the shell among the parent processes of the test.
    monkeypatch.setattr("typer.completion._get_shell_name", lambda: "bash")
    code, printed = run("--show-completion")
    assert (code, "_CALIFORNIA_GOLD_COMPLETE=complete_bash" in printed) == (0, True), printed


@pytest.mark.parametrize("group", [("users",), ("parked",), ("analyze",), ("serve",)])
def test_every_command_has_help(run: Run, group: tuple[str, ...]) -> None:
    code, printed = run(*group, "--help")
    assert code == 0
    assert "Usage: california-gold" in printed


def test_version_is_the_installed_one(run: Run) -> None:
    assert run("version") == run("--version") == (0, f"{version('california-gold')}\n")


def test_settings_lists_every_setting_of_every_service(run: Run) -> None:
    _, printed = run("settings")
    assert [name for name in AllSettings.model_fields if f"CALIFORNIA_GOLD_{name.upper()}" not in printed] == []


@pytest.mark.parametrize("command", [("serve",), ("parked", "list"), ("users", "grant-admin", "doctor")])
def test_an_unknown_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    monkeypatch.setenv("CALIFORNIA_GOLD_PROT", "9000")
    assert run(*command) == (1, "california-gold: CALIFORNIA_GOLD_PROT: there is no such setting\n")


def test_a_port_that_is_taken_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("CALIFORNIA_GOLD_PORT", str(port))
        code, printed = run("serve")
    assert code == 1
    assert printed.endswith(f"california-gold: cannot listen at 127.0.0.1:{port}: Address already in use\n")


def test_a_second_serving_process_on_the_same_data_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with (tmp_path / "data" / "serving.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        code, printed = run("serve")
    assert code == 1
    assert f"another process serves from the data folder {tmp_path / 'data'}" in printed


@pytest.mark.parametrize(
    ("command", "in_the_way"),
    [("serve", "data"), ("parked", "data"), ("serve", "data/objects"), ("parked", "data/objects")],
)
def test_a_data_folder_that_cannot_be_written_is_named(run: Run, tmp_path: Path, command: str, in_the_way: str) -> None:
    file = tmp_path / in_the_way
    file.parent.mkdir(mode=0o700, exist_ok=True)
    if file.parent.name == "data":
        (file.parent / "serving.lock").touch()  # the folder is ours
    file.write_text("a file is in the way")
    code, printed = run(*{"serve": ("serve",), "parked": ("parked", "list")}[command])
    assert code == 1
    assert printed.startswith(f"california-gold: CALIFORNIA_GOLD_DATA_DIR: cannot write to {file}")
    assert len(printed.splitlines()) == 1


def test_an_unknown_user_cannot_become_an_administrator(run: Run) -> None:
    assert run("users", "grant-admin", "nobody") == (1, f"california-gold: {UserNotFound()}\n")


def test_an_empty_list_of_parked_events_is_reported(run: Run) -> None:
    assert run("parked", "list") == (0, "nothing is parked\n")


def test_a_parked_event_is_printed_without_its_data(run: Run, parked: Parked) -> None:
    _, listed = run("parked", "list")
    _, shown = run("parked", "show", parked.id)
    for printed in (listed, shown):
        assert parked.id in printed
        assert "KeyError" in printed
        assert "Ivanov" not in printed


def test_a_parked_event_can_be_retried(run: Run, parked: Parked, tmp_path: Path) -> None:
    assert run("parked", "retry", parked.id) == (0, f"{parked.id} will be processed again\n")
    event = with_parking(tmp_path / "data", lambda parking: parking.get(parked.id))
    assert event is not None
    assert event.state is ParkedState.RETRY


def test_a_parked_event_can_be_discarded(run: Run, parked: Parked) -> None:
    assert run("parked", "discard", parked.id) == (0, f"{parked.id} is discarded\n")
    assert run("parked", "list") == (0, "nothing is parked\n")


def test_an_event_that_waits_behind_another_is_not_retried_alone(run: Run, parked: Parked, tmp_path: Path) -> None:
    message = replace(parked.message, offset=6)
    waiting = with_parking(tmp_path / "data", lambda parking: parking.park("jobs-query", message, ParkedState.WAITING))
    code, printed = run("parked", "retry", waiting.id)
    assert (code, printed) == (
        1,
        f"california-gold: {waiting.id} waits behind another parked event of its key: retry that one\n",
    )


def test_what_an_operator_decides_about_a_parked_event_is_in_the_access_log(
    run: Run, parked: Parked, tmp_path: Path
) -> None:
    async def recorded() -> list[object]:
        async with embedded(tmp_path / "data") as infrastructure:
            stored = await infrastructure.events.read(f"audit-{infrastructure.clock.now().date()}")
            return [(envelope_of(event).actor, orjson.loads(event.data)) for event in stored]

    for command in ("show", "retry", "discard"):
        run("parked", command, parked.id)
    actor = f"service:command-line/uid-{os.getuid()}"
    assert asyncio.run(recorded()) == [
        (actor, {"action": action, "subject": parked.id}) for action in ("parked-retry", "parked-discard")
    ]


@pytest.mark.parametrize("command", ["show", "retry", "discard"])
def test_an_unknown_parked_event_is_reported(run: Run, command: str) -> None:
    assert run("parked", command, "nothing") == (1, "california-gold: nothing is parked as nothing\n")


def test_the_serving_process_imports_nothing_that_only_an_analysis_needs() -> None:
    libraries = ("numpy", "scipy", "pydicom", "nibabel", "highdicom", "PIL", "onnxruntime")
    program = (
        f"import sys, california_gold.operations.serving; print([name for name in {libraries} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=os.environ, check=True)
    assert done.stdout.strip() == "[]"


def test_a_signing_key_is_rotated_and_revoked(run: Run) -> None:
    _, listed = run("keys", "list")
    first, state = listed.split(maxsplit=1)
    assert state == "signs new tokens\n"
    assert run("keys", "rotate")[0] == 0
    second = run("keys", "list")[1].splitlines()[1].split()[0]
    assert run("keys", "revoke", first) == (
        0,
        f"tokens of {first} are refused within a minute; {second} signs new tokens\n",
    )
    assert run("keys", "list") == (0, f"{first}  revoked\n{second}  signs new tokens\n")


def test_an_unknown_signing_key_is_refused_also_when_its_id_looks_like_an_option(run: Run) -> None:
    assert run("keys", "revoke", "-x") == (1, f"california-gold: {SigningKeyNotFound()}\n")
