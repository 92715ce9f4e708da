"""Keep the parsing libraries from telling the log what stands in a file."""

import logging
import warnings
from collections.abc import Generator
from contextlib import contextmanager

import gdcm
from pydicom import config

LIBRARIES = ("pydicom", "nibabel", "nibabel.global", "highdicom")


@contextmanager
def quiet_libraries() -> Generator[None]:
    """Silence warnings and logs of the libraries: they quote the values of tags, which identify patients."""
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
        for logger, before in zip(loggers, disabled, strict=True):
            logger.disabled = before
