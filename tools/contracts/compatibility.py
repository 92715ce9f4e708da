"""Breaking changes between two JSON Schemas of an event, as sentences.

Events are kept for ever, and consumers are updated at different times: a new consumer reads old events, and an old
consumer reads new events (full compatibility). So a version of an event may gain optional fields, and nothing else.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

Schema = Mapping[str, Any]
_DESCRIPTIVE = {"$schema", "$id", "$defs", "title", "description", "examples"}
_SUBSCHEMAS = {"items", "additionalProperties"}
_COMPARED = {"$ref", "anyOf", "type", "enum", "const", "properties", "required"} | _SUBSCHEMAS


def breaking_changes(released: Schema, present: Schema) -> list[str]:
    """List what breaks in `present` for consumers of `released`, or for stored events of it."""
    return [str(change) for change in _Comparison(released, present).changes(_Path(), released, present)]


def differs_in_descriptions_only(released: Schema, present: Schema) -> bool:
    """Whether both describe the same data; titles, descriptions and examples may differ."""
    return _without_descriptions(released) == _without_descriptions(present)


@dataclass(frozen=True)
class _Path:
    name: str = ""

    def __truediv__(self, part: str) -> "_Path":
        return _Path(f"{self.name}.{part}" if self.name else part)

    def __call__(self, sentence: str) -> str:
        return f"`{self.name}` {sentence}" if self.name else f"the event {sentence}"


@dataclass(frozen=True)
class _Comparison:
    """Two schemas, whose subschemas refer to their own definitions."""

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
        for keyword in sorted((old.keys() | new.keys()) - _DESCRIPTIVE - _COMPARED):
            if old.get(keyword) != new.get(keyword):
                yield path(f"has another {keyword}: {old.get(keyword)!r} became {new.get(keyword)!r}")
        yield from self._fields(path, old, new)
        for keyword in sorted(_SUBSCHEMAS & (old.keys() | new.keys())):
            yield from self.changes(path / keyword, _subschema(old, keyword), _subschema(new, keyword))

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
    """Return the alternatives of a schema by type; further ones of the same type are keyed by their content."""
    found: dict[str, Schema] = {}
    for alternative in schema.get("anyOf", [schema]):
        resolved = _resolved(alternative, root)
        kind = str(resolved.get("type", "anything"))
        found[kind if kind not in found else f"{kind} {_without_descriptions(resolved)!r}"] = resolved
    return found


def _resolved(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema


def _subschema(schema: Schema, keyword: str) -> Schema:
    """Return the schema of an array's items or an object's values; without a schema, any value is allowed."""
    found = schema.get(keyword, {})
    return cast("Schema", found) if isinstance(found, Mapping) else {"const": found}


def _without_descriptions(value: object) -> object:
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        return {
            name: _without_descriptions(member)
            for name, member in members.items()
            if name not in _DESCRIPTIVE - {"$defs"}
        }
    if isinstance(value, list):
        return [_without_descriptions(element) for element in cast("list[object]", value)]
    return value
