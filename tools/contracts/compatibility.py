"""What would break whoever relies on a released schema: pure, from two JSON Schemas to a list of sentences.

Events are kept for ever, and a topic is read by programs of every age: today's program reads yesterday's events, and
yesterday's program reads today's. So a version of an event may gain fields that can be missing, and nothing else.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

Schema = Mapping[str, Any]
_WORDS = {"$schema", "$id", "$defs", "title", "description", "examples"}
_PARTS = {"items", "additionalProperties"}
_COMPARED = {"$ref", "anyOf", "type", "enum", "const", "properties", "required"} | _PARTS


def breaking_changes(released: Schema, present: Schema) -> list[str]:
    """Return what programs lose with `present` that were written for `released`, or that keep events of it."""
    return [str(change) for change in _Comparison(released, present).changes(_Path(), released, present)]


def same_but_for_words(released: Schema, present: Schema) -> bool:
    """Whether both say the same of data: titles and descriptions may differ."""
    return _without_words(released) == _without_words(present)


@dataclass(frozen=True)
class _Path:
    name: str = ""

    def __truediv__(self, part: str) -> "_Path":
        return _Path(f"{self.name}.{part}" if self.name else part)

    def __call__(self, sentence: str) -> str:
        return f"`{self.name}` {sentence}" if self.name else f"the event {sentence}"


@dataclass(frozen=True)
class _Comparison:
    """Two whole schemas, whose parts refer to their own definitions."""

    released: Schema
    present: Schema

    def changes(self, path: _Path, old: Schema, new: Schema) -> Iterator[str]:
        olds, news = _by_type(old, self.released), _by_type(new, self.present)
        yield from (path(f"is never {kind} any more") for kind in olds.keys() - news.keys())
        yield from (path(f"can be {kind} now") for kind in news.keys() - olds.keys())
        for kind in sorted(olds.keys() & news.keys()):
            yield from self._of_one_type(path, olds[kind], news[kind])

    def _of_one_type(self, path: _Path, old: Schema, new: Schema) -> Iterator[str]:
        yield from _values(path, _enumerated(old), _enumerated(new))
        for keyword in sorted((old.keys() | new.keys()) - _WORDS - _COMPARED):
            if old.get(keyword) != new.get(keyword):
                yield path(f"has another {keyword}: {old.get(keyword)!r} became {new.get(keyword)!r}")
        yield from self._fields(path, old, new)
        for keyword in sorted(_PARTS & (old.keys() | new.keys())):
            yield from self.changes(path / keyword, _part(old, keyword), _part(new, keyword))

    def _fields(self, path: _Path, old: Schema, new: Schema) -> Iterator[str]:
        olds: Mapping[str, Schema] = old.get("properties", {})
        news: Mapping[str, Schema] = new.get("properties", {})
        before, now = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(olds.keys() | news.keys()):
            if name not in news:
                yield (path / name)("is gone")
            elif name in now - before:
                yield (path / name)("is required, but events that are stored may lack it")
            elif name in before - now:
                yield (path / name)("can be missing now")
            elif name in olds:
                yield from self.changes(path / name, olds[name], news[name])


def _values(path: _Path, old: Sequence[object] | None, new: Sequence[object] | None) -> Iterator[str]:
    if old is None or new is None:
        if old != new:
            yield path("is an enumeration no more" if new is None else "is an enumeration now")
        return
    yield from (path(f"has lost the value {value!r}") for value in old if value not in new)
    yield from (path(f"can have the value {value!r} now") for value in new if value not in old)


def _enumerated(schema: Schema) -> Sequence[object] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _by_type(schema: Schema, root: Schema) -> Mapping[str, Schema]:
    """Return the alternatives of a schema by their type; two of one type are told apart by what they are."""
    found: dict[str, Schema] = {}
    for alternative in schema.get("anyOf", [schema]):
        resolved = _resolved(alternative, root)
        kind = str(resolved.get("type", "anything"))
        found[kind if kind not in found else f"{kind} {_without_words(resolved)!r}"] = resolved
    return found


def _resolved(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema


def _part(schema: Schema, keyword: str) -> Schema:
    """Return the schema of what an array or object holds; what is not said holds anything."""
    found = schema.get(keyword, {})
    return cast("Schema", found) if isinstance(found, Mapping) else {"const": found}


def _without_words(value: object) -> object:
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        return {name: _without_words(member) for name, member in members.items() if name not in _WORDS - {"$defs"}}
    if isinstance(value, list):
        return [_without_words(element) for element in cast("list[object]", value)]
    return value
