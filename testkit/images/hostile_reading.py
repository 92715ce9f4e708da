"""Read files under a memory limit and print the outcome of each.

Run as `python -m testkit.images.hostile_reading FILE…` in a separate process: one JSON object per line, with the
failure code (null for a study, the name of any other exception), seconds and peak MiB.
"""

import json
import resource
import sys
import time
from pathlib import Path

from analyzer.domain.failures import AnalysisFailed
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.study_reader import read_study

ADDRESS_SPACE = 3 * 2**30


def read_all(paths: list[Path]) -> None:
    """Read each path as an upload of its own and print the outcome."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    for path in paths:
        started = time.monotonic()
        outcome = _outcome(path)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        record = {"path": str(path), "failure": outcome, "seconds": time.monotonic() - started, "peak_mib": peak}
        sys.stdout.write(json.dumps(record) + "\n")


def _outcome(path: Path) -> str | None:
    try:
        read_study([path], ReadingLimits(), lambda _stage, _share: None, b"key")
    except AnalysisFailed as failed:
        return failed.code.value
    except Exception as error:  # noqa: BLE001  any other exception is the outcome
        return type(error).__name__
    return None


if __name__ == "__main__":
    read_all([Path(argument) for argument in sys.argv[1:]])
