"""Children of the test's own process, found by what their command line says."""

import psutil


def children_with(words: str) -> list[psutil.Process]:
    """Return the running children whose command line contains ``words``; one that has ended has no command line.

    An analysis makes its process the one that orphans are handed to (ADR 31), so those of other tests are children too.
    """
    return [child for child in psutil.Process().children() if words in _command_line(child)]


def _command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""
