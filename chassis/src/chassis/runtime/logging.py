"""Structured logs: events named `noun_verbed` with fields, as JSON or for the console; secrets are redacted."""

import logging
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, cast

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_REDACTED = "[redacted]"
_SECRET_NAMES = re.compile(r"passw|token|secret|authorization|cookie|e_?mail|api_?key|credential", re.IGNORECASE)
_SECRET_VALUES = re.compile(
    r"eyJ[\w-]+\.[\w-]+\.[\w-]*"  # a JSON web token
    r"|(?i:bearer\s+)\S+"
    r"|[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"  # an e-mail address
)
_MAX_DEPTH = 4
_LOG_EVERY_ATTEMPT = ("aiokafka", "faust", "kurrentdbclient", "mode", "opentelemetry", "urllib3")
"""Libraries that log every attempt during an outage, hundreds a minute. They also raise, and we log that once."""


def configure(log_format: Literal["console", "json"], level: str) -> None:
    """Write all logs to standard error, including those of libraries (standard `logging`)."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        describe_exception,
        redact,
    ]
    renderer = _renderer(log_format)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    _configure_standard(number, [*shared, structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer])


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Redact secrets and personal data, by the name of the field or the pattern of the value."""
    return {name: _redacted(name, value) for name, value in event.items()}


def describe_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace an exception by its types and stack frames. Its message is left out: it may quote user input."""
    problem = _exception(event.pop("exc_info", None))
    if problem is not None:
        event["error"] = " from ".join(type(link).__name__ for link in _chain(problem))
        event["where"] = list(_frames(problem))
    return event


def _redacted(name: str, value: object, depth: int = 0) -> object:
    if _SECRET_NAMES.search(name):
        return _REDACTED
    if isinstance(value, str):
        return _SECRET_VALUES.sub(_REDACTED, value)
    if isinstance(value, Mapping) and depth < _MAX_DEPTH:
        fields = cast("Mapping[object, object]", value)
        return {str(field): _redacted(str(field), item, depth + 1) for field, item in fields.items()}
    if isinstance(value, (list, tuple)) and depth < _MAX_DEPTH:
        return [_redacted("", item, depth + 1) for item in cast("Sequence[object]", value)]
    return cast("object", value)


def _exception(exc_info: object) -> BaseException | None:
    if exc_info is True:
        return sys.exc_info()[1]
    if isinstance(exc_info, tuple):
        return _exception(cast("tuple[object, ...]", exc_info)[1])
    return exc_info if isinstance(exc_info, BaseException) else None


def _chain(problem: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = problem
    while link is not None:
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _frames(problem: BaseException) -> Iterator[str]:
    frame = problem.__traceback__
    while frame is not None:
        code = frame.tb_frame.f_code
        yield f"{code.co_filename}:{frame.tb_lineno} {code.co_name}"
        frame = frame.tb_next


def _renderer(log_format: Literal["console", "json"]) -> Processor:
    if log_format == "json":
        return _as_json
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())


def _as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()


def _configure_standard(level: int, processors: list[Processor]) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=processors))
    logging.basicConfig(handlers=[handler], level=max(level, logging.INFO), force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger("uvicorn").setLevel(max(level, logging.WARNING))
    for name in _LOG_EVERY_ATTEMPT:
        logging.getLogger(name).setLevel(logging.CRITICAL)
