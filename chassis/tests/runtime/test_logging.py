"""Logs contain events and no secrets or personal data."""

import logging as standard
from collections.abc import Callable, Generator
from typing import Any

import orjson
import pytest
import structlog

from chassis.runtime import logging
from testkit.logs import logging_restored

Logged = Callable[[Callable[[], object]], list[dict[str, Any]]]
TOKEN = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl"


@pytest.fixture(autouse=True)
def restored() -> Generator[None]:
    with logging_restored():
        yield


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Logged:
    """Call a function, and return what it logged."""

    def lines(do: Callable[[], object]) -> list[dict[str, Any]]:
        logging.configure("json", "info")
        do()
        return [orjson.loads(line) for line in capsys.readouterr().err.splitlines()]

    return lines


def test_an_event_is_one_json_line_with_its_fields(logged: Logged) -> None:
    structlog.contextvars.bind_contextvars(correlation_id="mine")
    (line,) = logged(lambda: structlog.get_logger().info("file_stored", size=3, name_length=7))
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "file_stored", "level": "info", "correlation_id": "mine", "size": 3, "name_length": 7}


def test_logs_of_libraries_are_formatted_and_redacted_too(logged: Logged) -> None:
    (line,) = logged(lambda: standard.getLogger("uvicorn.error").warning("refused %s", "doctor@example.com"))
    assert (line["event"], line["level"]) == ("refused [redacted]", "warning")


def test_events_below_the_configured_level_are_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    logging.configure("json", "error")
    structlog.get_logger().warning("something_happened")
    standard.getLogger("library").warning("something")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "field", ["password", "new_password", "token", "access_token", "Authorization", "email", "e_mail", "secret_key"]
)
def test_a_field_that_names_a_secret_is_redacted(logged: Logged, field: str) -> None:
    fields = {field: "hunter2", "outer": {field: "hunter2"}}
    (line,) = logged(lambda: structlog.get_logger().info("user_registered", **fields))
    assert (line[field], line["outer"][field]) == ("[redacted]", "[redacted]")


@pytest.mark.parametrize(
    "value", [f"Bearer {TOKEN}", f"got {TOKEN}!", "from doctor@example.com to", "Authorization: bearer abc123"]
)
def test_a_value_that_looks_like_a_secret_is_redacted_in_any_field(logged: Logged, value: str) -> None:
    (line,) = logged(lambda: structlog.get_logger().info(value, plain=value, nested=[{"deep": value}]))
    text = orjson.dumps(line).decode()
    assert not any(secret in text for secret in (TOKEN, "doctor@", "abc123"))
    assert text.count("[redacted]") == 3


def test_an_exception_is_logged_by_type_and_location_without_its_message(logged: Logged) -> None:
    def deep() -> None:
        try:
            raise ValueError("patient Ivanov")
        except ValueError as problem:
            raise RuntimeError("study 1.2.3") from problem

    def fail() -> None:
        try:
            deep()
        except RuntimeError:
            structlog.get_logger().exception("analysis_failed")

    (line,) = logged(fail)
    assert line["error"] == "RuntimeError from ValueError"
    assert any("test_logging.py" in frame and frame.endswith(" deep") for frame in line["where"])
    assert not any(word in orjson.dumps(line).decode() for word in ("Ivanov", "1.2.3"))


def test_the_console_format_is_redacted_too(capsys: pytest.CaptureFixture[str]) -> None:
    logging.configure("console", "info")
    structlog.get_logger().info("user_registered", password="hunter2", name="doctor")
    line = capsys.readouterr().err
    assert "user_registered" in line
    assert "hunter2" not in line
