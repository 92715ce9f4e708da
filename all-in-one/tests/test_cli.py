"""The command line says what it does, and in a sentence what a person can mend."""

import asyncio
import fcntl
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from california_gold.settings import AllSettings
from chassis.composition.embedded import embedded
from chassis.messaging.parking import Parked, ParkedState, Parking
from chassis.ports.message_bus import ReceivedMessage

Run = Callable[..., tuple[int, str]]


def parking(folder: Path, ask: Callable[[Parking], Awaitable[Parked | None]]) -> Parked | None:
    async def asked() -> Parked | None:
        async with embedded(folder) as infrastructure:
            return await ask(Parking(infrastructure.documents, infrastructure.clock))

    return asyncio.run(asked())


@pytest.fixture
def parked(tmp_path: Path) -> Parked:
    message = ReceivedMessage("california-gold.jobs", "key-1", b'{"title": "Ivanov"}', (), 0, 5)
    kept = parking(
        tmp_path / "data", lambda all_parked: all_parked.park("jobs-query", message, ParkedState.PARKED, "KeyError", 5)
    )
    assert kept is not None
    return kept


def test_help_names_every_command(run: Run) -> None:
    code, printed = run("--help")
    assert code == 0
    for name in ("serve", "users", "parked", "audit", "analyze", "settings", "version"):
        assert f" {name} " in printed


@pytest.mark.parametrize("group", [("users",), ("parked",), ("analyze",), ("serve",)])
def test_every_command_has_help(run: Run, group: tuple[str, ...]) -> None:
    code, printed = run(*group, "--help")
    assert code == 0
    assert "Usage: california-gold" in printed


def test_version_is_the_installed_one(run: Run) -> None:
    assert run("version") == (0, f"{version('california-gold')}\n")


def test_settings_lists_every_setting_of_every_service(run: Run) -> None:
    _, printed = run("settings")
    assert [name for name in AllSettings.model_fields if f"CALIFORNIA_GOLD_{name.upper()}" not in printed] == []


@pytest.mark.parametrize("command", [("serve",), ("parked", "list"), ("users", "grant-admin", "doctor")])
def test_a_wrong_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    monkeypatch.setenv("CALIFORNIA_GOLD_PROT", "9000")
    assert run(*command) == (1, "california-gold: CALIFORNIA_GOLD_PROT: there is no such setting\n")


def test_a_port_that_is_taken_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("CALIFORNIA_GOLD_PORT", str(port))
        code, printed = run("serve")
    assert code == 1
    assert printed.endswith(f"california-gold: cannot listen at 127.0.0.1:{port}: Address already in use\n")


def test_a_second_process_on_the_same_data_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with (tmp_path / "data" / "serving.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        code, printed = run("serve")
    assert code == 1
    assert f"another process serves from the data folder {tmp_path / 'data'}" in printed


def test_a_data_folder_that_cannot_be_written_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file is in the way")
    code, printed = run("serve")
    assert (code, printed) == (
        1,
        f"california-gold: cannot write to the data folder {tmp_path / 'data'}: File exists\n",
    )


def test_an_account_that_is_not_there_cannot_be_made_an_admin(run: Run) -> None:
    assert run("users", "grant-admin", "nobody") == (1, "california-gold: Пользователь не найден\n")


def test_nothing_parked_is_said_to_be_nothing(run: Run) -> None:
    assert run("parked", "list") == (0, "nothing is parked\n")


def test_what_is_parked_is_listed_and_shown_without_its_data(run: Run, parked: Parked) -> None:
    _, listed = run("parked", "list")
    _, shown = run("parked", "show", parked.id)
    for printed in (listed, shown):
        assert parked.id in printed
        assert "KeyError" in printed
        assert "Ivanov" not in printed


def test_a_parked_event_can_be_tried_again(run: Run, parked: Parked, tmp_path: Path) -> None:
    assert run("parked", "retry", parked.id) == (0, f"{parked.id} will be tried again\n")
    kept = parking(tmp_path / "data", lambda all_parked: all_parked.get(parked.id))
    assert kept is not None
    assert kept.state is ParkedState.RETRY


def test_a_parked_event_can_be_discarded(run: Run, parked: Parked) -> None:
    assert run("parked", "discard", parked.id) == (0, f"{parked.id} is discarded\n")
    assert run("parked", "list") == (0, "nothing is parked\n")


@pytest.mark.parametrize("command", ["show", "retry", "discard"])
def test_an_id_under_which_nothing_is_parked_is_said_to_be_so(run: Run, command: str) -> None:
    assert run("parked", command, "nothing") == (1, "california-gold: nothing is parked as nothing\n")


def test_the_serving_process_does_not_load_what_only_an_analysis_needs() -> None:
    heavy = ("numpy", "scipy", "pydicom", "nibabel", "highdicom", "PIL", "onnxruntime")
    program = f"import sys, california_gold.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=os.environ, check=True)
    assert done.stdout.strip() == "[]"
