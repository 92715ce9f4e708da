from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from tools.contracts.compatibility import breaking_changes, differs_in_descriptions_only


class Point(BaseModel):
    """A point."""

    x: int


class Released(BaseModel):
    """A fact."""

    id: int
    word: Literal["a", "b"]
    note: str | None
    points: tuple[Point, ...]
    share: float = Field(ge=0, le=1)
    extra: str = ""


RELEASED = Released.model_json_schema(mode="serialization")


def _schema(**fields: Any) -> dict[str, Any]:
    """Return the schema of `Released` with other fields; None leaves one out."""
    own = {name: (field.annotation, field) for name, field in Released.model_fields.items()}
    changed = {name: field for name, field in (own | fields).items() if field is not None}
    namespace = {"__annotations__": {name: kind for name, (kind, _) in changed.items()}, "__module__": __name__}
    defaults = {name: default for name, (_, default) in changed.items() if default is not ...}
    return type("Present", (BaseModel,), {**namespace, **defaults}).model_json_schema(mode="serialization")


@pytest.mark.parametrize(
    ("fields", "change"),
    [
        ({"note": None}, "`note` is gone"),
        ({"id": (str, ...)}, "`id` is never integer any more"),
        ({"note": (str, ...)}, "`note` is never null any more"),
        ({"id": (int | None, ...)}, "`id` can be null now"),
        ({"age": (int, ...)}, "`age` is required, but events that are stored may lack it"),
        ({"extra": (str, ...)}, "`extra` is required, but events that are stored may lack it"),
        ({"id": (int, 0)}, "`id` can be missing now"),
        ({"extra": (str, "x")}, "`extra` has another default: '' became 'x'"),
        ({"word": (Literal["a"], ...)}, "`word` has lost the value 'b'"),
        ({"word": (Literal["a", "c"], ...)}, "`word` has lost the value 'b'"),
        ({"word": (Literal["a", "b", "c"], ...)}, "`word` can have the value 'c' now"),
        ({"word": (str, ...)}, "`word` is an enumeration no more"),
        ({"share": (float, Field(ge=0, le=0.5))}, "`share` has another maximum: 1 became 0.5"),
        ({"points": (tuple[int, ...], ...)}, "`points.items` is never object any more"),
        ({"points": (dict[str, Point], ...)}, "`points` is never array any more"),
    ],
)
def test_a_breaking_change_is_listed(fields: dict[str, Any], change: str) -> None:
    assert change in breaking_changes(RELEASED, _schema(**fields))


def test_subschemas_are_compared() -> None:
    without_x: dict[str, Any] = {**RELEASED, "$defs": {"Point": {**RELEASED["$defs"]["Point"], "properties": {}}}}

    assert breaking_changes(RELEASED, without_x) == ["`points.items.x` is gone"]


def test_equal_schemas_are_compatible() -> None:
    assert not breaking_changes(RELEASED, RELEASED)
    assert not breaking_changes(RELEASED, _schema())


def test_a_new_optional_field_is_compatible() -> None:
    more = _schema(age=(int | None, None))

    assert not breaking_changes(RELEASED, more)
    assert not differs_in_descriptions_only(RELEASED, more)


def test_changes_of_descriptions_are_compatible() -> None:
    described = {**RELEASED, "title": "Other", "description": "Described better."}

    assert not breaking_changes(RELEASED, described)
    assert differs_in_descriptions_only(RELEASED, described)
