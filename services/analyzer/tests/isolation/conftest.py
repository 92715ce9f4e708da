"""Child processes with the protocol and the limits of the real one, and other work."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.configuration import AnalysisConfiguration
from analyzer.isolation.protocol import AnalysisRequest

IMPORTS = """import json, os, resource, signal, sys
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.isolation.child import serve
from chassis.commands.message import Message
"""
Program = Callable[[str], tuple[str, ...]]


@pytest.fixture
def analysis_request(tmp_path: Path) -> AnalysisRequest:
    work = tmp_path / "work"
    work.mkdir()
    upload = work / "upload"
    upload.write_bytes(b"an upload")
    return AnalysisRequest(files=(upload,), work_folder=work, configuration=AnalysisConfiguration())


@pytest.fixture(scope="session")
def program() -> Program:
    """Return the command of a child whose work is the given Python statements."""

    def build(statements: str) -> tuple[str, ...]:
        body = "".join(f"    {line}\n" for line in statements.splitlines())
        return (sys.executable, "-I", "-c", f"{IMPORTS}def work(request, report):\n{body}serve(lambda: work)\n")

    return build
