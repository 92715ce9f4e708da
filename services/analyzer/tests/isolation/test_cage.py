"""What hostile code reaches from inside the cage, and, to prove the attempts, without it."""

import asyncio
import ctypes
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from analyzer.configuration import AnalysisConfiguration
from analyzer.domain.failures import AnalysisFailed
from analyzer.isolation import cage
from analyzer.isolation.protocol import AnalysisRequest
from services.analyzer.tests.isolation.analysing import analysed
from services.analyzer.tests.isolation.hostile import ALLOWED, DEPENDS_ON_THE_MACHINE, REFUSED
from testkit.child_processes import template_program

HOSTILE = Path(__file__).with_name("hostile.py")
Target = Mapping[str, str]
needs_whole_cage = pytest.mark.skipif(bool(cage.missing_protections()), reason="this kernel lacks a part of the cage")


@pytest.fixture(scope="module")
def secret_memory() -> "ctypes.Array[ctypes.c_char]":
    return ctypes.create_string_buffer(b"a secret of the parent")


@pytest.fixture(scope="module")
def target(
    tmp_path_factory: pytest.TempPathFactory, secret_memory: "ctypes.Array[ctypes.c_char]"
) -> Iterator[dict[str, str]]:
    """What there is to be reached: this process, private files, and listening sockets."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("secret", "keys.db"):
        (folder / name).write_bytes(b"a secret")
        (folder / name).chmod(0o600)
    with ExitStack() as sockets:
        tcp, tcp6 = _listening(sockets, "127.0.0.1"), _listening(sockets, "::1")
        for address in (str(folder / "socket"), f"\0{folder / 'socket'}"):
            listener = sockets.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(address)
            listener.listen()
        yield {
            "parent": str(os.getpid()),
            "address": str(ctypes.addressof(secret_memory)),
            "secret": str(folder / "secret"),
            "keys": str(folder / "keys.db"),
            "planted": str(folder / "planted"),
            "unix": str(folder / "socket"),
            "tcp": tcp,
            "tcp6": tcp6,
        }


def _listening(sockets: ExitStack, host: str) -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = sockets.enter_context(socket.create_server((host, 0), family=family))
    except OSError:
        return "9"  # a machine without IPv6
    return str(listener.getsockname()[1])


@pytest.fixture(scope="module")
def in_the_cage(target: Target, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The outcome of each attempt in a child that was forked as the service does it."""
    work = tmp_path_factory.mktemp("work")
    source = HOSTILE.read_text(encoding="utf-8").split("if __name__")[0]
    statements = (
        f"attempts = {{}}\nexec({source!r}, attempts)\n"
        f"found = attempts['outcomes']({target!r})\n"
        "raise AnalysisFailed(FailureCode.NO_IMAGE, Message('', json.dumps(found)))"
    )
    request = AnalysisRequest(files=(HOSTILE,), work_folder=work, configuration=AnalysisConfiguration())
    with pytest.raises(AnalysisFailed) as caught:
        asyncio.run(analysed(request, template_program(statements)))
    planted = Path(target["planted"]).exists()
    return {**json.loads(caught.value.message.en), "planted": str(planted)}


@pytest.fixture(scope="module")
def without_the_cage(
    in_the_cage: Mapping[str, str], target: Target, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, str]:
    """The same attempts, afterwards, in a process of the same user."""
    assert in_the_cage
    attempts = subprocess.run(
        [sys.executable, "-I", HOSTILE, json.dumps(dict(target))],
        cwd=tmp_path_factory.mktemp("uncaged"),
        capture_output=True,
        check=True,
        start_new_session=True,
    )
    return json.loads(attempts.stdout)


@needs_whole_cage
@pytest.mark.parametrize("attempt", REFUSED)
def test_the_cage_refuses(in_the_cage: Mapping[str, str], attempt: str) -> None:
    assert in_the_cage[attempt] != "done"


@pytest.mark.parametrize("attempt", [name for name in REFUSED if name not in DEPENDS_ON_THE_MACHINE])
def test_without_the_cage_the_attempt_succeeds(without_the_cage: Mapping[str, str], attempt: str) -> None:
    assert without_the_cage[attempt] == "done", "otherwise the refusal proves nothing"


@pytest.mark.parametrize("attempt", ALLOWED)
def test_the_cage_allows(in_the_cage: Mapping[str, str], attempt: str) -> None:
    assert in_the_cage[attempt] == "done"


@needs_whole_cage
def test_no_process_of_the_child_writes_elsewhere(in_the_cage: Mapping[str, str]) -> None:
    assert in_the_cage["planted"] == "False"


async def test_a_template_with_a_second_thread_forks_no_child(analysis_request: AnalysisRequest) -> None:
    threads = "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()"
    reported: list[str] = []

    async def report(stage: str, _progress: int) -> None:
        reported.append(stage)

    with pytest.raises(AnalysisFailed):
        await analysed(analysis_request, template_program("report('decode', 30)", before=threads), None, report)
    assert reported == []
