"""A Helm template as a tree: YAML nodes, of which some are expressions or have a condition; and its text."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

_PLAIN = re.compile(r"[A-Za-z/][\w./-]*")
_WORDS_OF_YAML = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


@dataclass(frozen=True)
class Expression:
    """A value that Helm computes. It is written as JSON, so it needs neither quotes nor indentation."""

    code: str

    def __str__(self) -> str:
        return f"{{{{ {self.code} | toJson }}}}"


@dataclass(frozen=True)
class When:
    """A value of a mapping, or an item of a sequence, that exists under a condition only."""

    condition: str
    value: Any


@dataclass(frozen=True)
class RawText:
    """The text of a string with template code in it, which Helm executes."""

    text: str


def text_of(node: object) -> str:
    """Return the YAML of a tree."""
    return "\n".join(_lines(node)) + "\n"


def conditional(condition: str, text: str) -> str:
    """Return a text that exists under a condition only."""
    return f"{{{{- if {condition} }}}}\n{text}{{{{- end }}}}\n"


def _lines(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        for key, value in cast("Mapping[str, Any]", node).items():
            yield from _guarded(value, partial(_entry, f"{_scalar(key)}:"))
    else:
        for value in node:
            yield from _guarded(value, _item)


def _guarded(value: Any, lines_of: Callable[[Any], Iterator[str]]) -> Iterator[str]:
    if isinstance(value, When):
        yield f"{{{{- if {value.condition} }}}}"
        yield from lines_of(value.value)
        yield "{{- end }}"
    else:
        yield from lines_of(value)


def _entry(key: str, value: Any) -> Iterator[str]:
    if _is_nested(value):
        yield key
        indent = "  " if isinstance(value, Mapping) else ""
        yield from (_indented(line, indent) for line in _lines(value))
    else:
        yield f"{key} {_scalar(value)}"


def _item(value: Any) -> Iterator[str]:
    if _is_nested(value):
        first, *rest = _lines(value)
        yield f"- {first}"
        yield from (_indented(line, "  ") for line in rest)
    else:
        yield f"- {_scalar(value)}"


def _indented(line: str, indent: str) -> str:
    return line if line.startswith("{{-") else indent + line


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict | list) and len(cast("dict[str, Any] | list[Any]", value)) > 0


def _scalar(value: Any) -> str:
    if isinstance(value, Expression):
        return str(value)
    if isinstance(value, RawText):
        return json.dumps(value.text, ensure_ascii=False)
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS_OF_YAML:
        return value
    return json.dumps(value, ensure_ascii=False).replace("{{", "{{ `{{` }}")
