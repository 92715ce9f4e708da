"""Suppression of the warnings and logs of parsing libraries."""

import logging
import warnings
from collections.abc import Generator
from contextlib import contextmanager

import gdcm
from pydicom import config

LIBRARIES = ("pydicom", "nibabel", "nibabel.global", "highdicom")


@contextmanager
def suppressed_library_logs() -> Generator[None]:
    """Suppress warnings and logs of the libraries: they quote attribute values, which identify patients."""
    loggers = [logging.getLogger(name) for name in LIBRARIES]
    disabled = [logger.disabled for logger in loggers]
    mode = config.settings.reading_validation_mode
    gdcm.Trace.WarningOff()
    gdcm.Trace.ErrorOff()
    try:
        config.settings.reading_validation_mode = config.IGNORE
        for logger in loggers:
            logger.disabled = True
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        config.settings.reading_validation_mode = mode
        for logger, previous in zip(loggers, disabled, strict=True):
            logger.disabled = previous
