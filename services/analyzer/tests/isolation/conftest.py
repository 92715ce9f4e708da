from pathlib import Path

import pytest

from analyzer.configuration import AnalysisConfiguration
from analyzer.isolation.protocol import AnalysisRequest


@pytest.fixture
def analysis_request(tmp_path: Path) -> AnalysisRequest:
    work = tmp_path / "work"
    work.mkdir()
    upload = work / "upload"
    upload.write_bytes(b"an upload")
    return AnalysisRequest(files=(upload,), work_folder=work, configuration=AnalysisConfiguration())
