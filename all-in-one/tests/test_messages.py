"""Sentences for clients stand in `messages.py` files only, in both languages."""

import importlib.util
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import cast

import pytest

from chassis.commands.message import Message

ROOT = Path(__file__).parents[2]
SOURCES = [ROOT / name / "src" for name in ("contracts", "chassis", "all-in-one")] + list(ROOT.glob("services/*/src"))
CYRILLIC = re.compile("[А-Яа-яЁё]")
OTHER_PLACEHOLDERS = {"ANALYSIS_FAILED": ["different placeholders"]}
"""The message of a failed analysis is stored in Russian: the English sentence names the failure's code instead."""
DOCUMENT_TEXTS = ROOT / "contracts/src/california_gold_contracts/messages.py"
"""Texts of the OpenAPI document, in Russian only: contracts do not depend on chassis, where `Message` is defined."""


def product_files(name: str) -> list[Path]:
    """Return the product's source files with a name."""
    return [path for source in SOURCES for path in source.rglob(name)]


def sentences_outside(paths: list[Path]) -> list[str]:
    """Return the lines with Cyrillic letters outside `messages.py`, as `path:line`."""
    return [
        f"{path.name}:{number}"
        for path in paths
        if path.name != "messages.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if CYRILLIC.search(line)
    ]


def faults(message: Message) -> list[str]:
    """Return what is wrong with a message."""
    rules = {
        "no Russian": bool(CYRILLIC.search(message.ru)),
        "no English": bool(message.en.strip()) and not CYRILLIC.search(message.en),
        "different placeholders": placeholders(message.ru) == placeholders(message.en),
    }
    return [fault for fault, holds in rules.items() if not holds]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def messages_of(module: Mapping[str, object]) -> Iterator[tuple[str, Message]]:
    """Yield each message of a module with the name of its constant, those in collections too."""
    for name, value in module.items():
        yield from ((name, message) for message in messages_in(value))


def messages_in(value: object) -> Iterator[Message]:
    if isinstance(value, Message):
        yield value
    elif isinstance(value, Mapping):
        for item in cast("Mapping[object, object]", value).values():
            yield from messages_in(item)
    elif isinstance(value, (tuple, list, frozenset)):
        for item in cast("tuple[object, ...]", value):
            yield from messages_in(item)


def loaded(path: Path) -> Mapping[str, object]:
    spec = importlib.util.spec_from_file_location(f"messages_of_{path.parent.name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: value for name, value in vars(module).items() if not name.startswith("__")}


def test_sentences_for_clients_stand_in_messages_files_only() -> None:
    paths = product_files("*.py")
    assert len(paths) > 50
    assert sentences_outside(paths) == []


@pytest.mark.parametrize(
    "path", sorted({*product_files("messages.py")} - {DOCUMENT_TEXTS}), ids=lambda path: str(path.relative_to(ROOT))
)
def test_every_message_is_in_both_languages_with_the_same_placeholders(path: Path) -> None:
    found = list(messages_of(loaded(path)))
    assert found
    assert [
        (name, faults(message)) for name, message in found if faults(message) != OTHER_PLACEHOLDERS.get(name, [])
    ] == []


def test_a_sentence_beside_the_code_is_found(tmp_path: Path) -> None:
    (tmp_path / "routes.py").write_text('DETAIL = "not found"\nOTHER = "не найдено"\n', encoding="utf-8")
    (tmp_path / "messages.py").write_text('OTHER = "не найдено"\n', encoding="utf-8")
    assert sentences_outside(sorted(tmp_path.iterdir())) == ["routes.py:2"]


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (Message("", "Not found"), "no Russian"),
        (Message("Not found", "Not found"), "no Russian"),
        (Message("Не найдено", ""), "no English"),
        (Message("Не найдено", "Не найдено"), "no English"),
        (Message("Не более {max_bytes} байт", "At most {bytes} bytes"), "different placeholders"),
        (Message("Не более 5 байт", "At most {max_bytes} bytes"), "different placeholders"),
    ],
)
def test_a_faulty_message_is_found_in_any_collection(message: Message, fault: str) -> None:
    for value in (message, {404: message}, (message,), {"nested": [message]}):
        assert [faults(found) for _, found in messages_of({"CONSTANT": value})] == [[fault]]
