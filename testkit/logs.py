"""Restores the logging configuration, which is global to the process, after a test."""

import logging
from collections.abc import Generator
from contextlib import contextmanager

import structlog


@contextmanager
def logging_restored() -> Generator[None]:
    """Restore the logging configuration at the end of the block."""
    root, uvicorn = logging.getLogger(), logging.getLogger("uvicorn")
    handlers, levels = root.handlers[:], (root.level, uvicorn.level)
    try:
        yield
    finally:
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
        root.handlers[:] = handlers
        root.setLevel(levels[0])
        uvicorn.setLevel(levels[1])
