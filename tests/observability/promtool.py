"""Prometheus' own program for checking rules and trying them on series."""

import subprocess
from pathlib import Path

from tests.servers import cache

_PROGRAM = cache.prometheus() / "usr" / "bin" / "promtool"


class Promtool:
    """The program."""

    @staticmethod
    def missing() -> str | None:
        """Return why it can't be used, or None."""
        return None if _PROGRAM.exists() else "promtool is not there (make servers)"


class RulesRefused(Exception):
    """What promtool says against a file of rules, or that alerts did not fire as expected."""


def promtool(*arguments: str | Path) -> str:
    """Run it; return what it printed. Raises `RulesRefused`."""
    ran = subprocess.run([_PROGRAM, *arguments], capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RulesRefused(ran.stdout + ran.stderr)
    return ran.stdout
