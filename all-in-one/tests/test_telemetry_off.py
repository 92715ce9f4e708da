"""Telemetry is off by default: then nothing of what it needs is imported."""

import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import asyncio, sys
from pathlib import Path
import california_gold.operations.serving
from chassis.composition.embedded import embedded
from chassis.composition.telemetry import EMBEDDED, observed

async def main():
    async with embedded(Path(sys.argv[1])) as stores, observed(stores, "a-service", EMBEDDED) as infrastructure:
        assert infrastructure is stores

asyncio.run(main())
print(*sorted(name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))))
"""


def test_a_process_without_telemetry_imports_nothing_of_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _PROGRAM, f"{tmp_path}/data"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert printed.stdout.split() == []
