"""The command line of the product, with the settings of a running one."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PROGRAM = str(Path(sys.executable).with_name("california-gold"))


def run_command(environment: Mapping[str, str], *arguments: str) -> str:
    """Run `california-gold`; return what it printed. Raises `CalledProcessError`."""
    environment = {**os.environ, **environment}
    return subprocess.run([PROGRAM, *arguments], env=environment, check=True, capture_output=True, text=True).stdout
