"""The OpenAPI document and its pages."""

import re
from typing import Any

import httpx
import pytest
from fastapi import APIRouter

from chassis.http.app import create_app
from chassis.http.documentation import FILE, ApiDescription, errors, form
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.service import Service
from chassis.runtime.settings import Settings


@pytest.fixture
async def document(api: httpx.AsyncClient) -> dict[str, Any]:
    return (await api.get("/openapi.json")).json()


async def test_operations_are_named_as_their_functions(document: dict[str, Any]) -> None:
    assert document["paths"]["/me"]["get"]["operationId"] == "who_am_i"
    assert document["paths"]["/things/{number}"]["delete"]["operationId"] == "delete_thing"


async def test_sections_are_in_the_order_of_the_routes_and_the_systems_is_last(
    document: dict[str, Any],
) -> None:
    assert [tag["name"] for tag in document["tags"]] == ["Задания", "Файлы", "Система"]
    assert document["paths"]["/health"]["get"]["tags"] == ["Система"]


def test_the_document_has_the_title_of_whoever_composes_the_services(infrastructure: Infrastructure) -> None:
    api = ApiDescription("Small API", "2.1.0", "At length.")
    document = create_app([], infrastructure, Settings(), api=api).openapi()
    assert document["info"] == {"title": "Small API", "version": "2.1.0", "description": "At length."}


async def test_a_route_that_needs_a_token_says_so(document: dict[str, Any]) -> None:
    assert document["paths"]["/me"]["get"]["security"] == [{"bearer": []}]
    assert "security" not in document["paths"]["/things/{number}"]["get"]
    scheme = document["components"]["securitySchemes"]["bearer"]
    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"]) == ("http", "bearer", "JWT")


async def test_every_operation_documents_what_any_may_answer(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert {"422", "429", "500", "503"} <= set(operation["responses"]), f"{method} {path}"


async def test_an_error_is_documented_with_an_example_in_the_contracts_form(document: dict[str, Any]) -> None:
    answer = document["paths"]["/me"]["get"]["responses"]["401"]
    assert answer["content"]["application/json"] == {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "examples": {"1": {"value": {"detail": "Требуется авторизация"}}},
    }


async def test_a_refused_body_is_documented_as_it_is_answered(document: dict[str, Any]) -> None:
    schema = document["paths"]["/commands"]["post"]["responses"]["422"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/ValidationProblem"}


def test_a_route_may_have_examples_of_its_own() -> None:
    documented = errors(404, examples={404: ["Задание не найдено", "Файл не найден"]})
    examples = documented[404]["content"]["application/json"]["examples"]
    assert [each["value"]["detail"] for each in examples.values()] == ["Задание не найдено", "Файл не найден"]


def test_a_form_is_documented_with_its_file() -> None:
    body = form({"title": {"type": "string"}, "file": FILE}, required=["file"])["requestBody"]
    assert body["required"] is True
    assert body["content"]["multipart/form-data"]["schema"] == {
        "type": "object",
        "properties": {"title": {"type": "string"}, "file": {"type": "string", "format": "binary"}},
        "required": ["file"],
    }


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_the_pages_need_nothing_from_the_internet(api: httpx.AsyncClient, path: str) -> None:
    page = (await api.get(path)).text
    assert "/openapi.json" in page
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)
    for asset in re.findall(r"""(?:src|href)="(/[^"]+)""", page):
        assert (await api.get(asset)).status_code == 200, asset


async def test_an_exact_path_wins_over_one_with_a_parameter_and_methods_add_up(infrastructure: Infrastructure) -> None:
    inner, router = APIRouter(prefix="/inner"), APIRouter(tags=["Файлы"])

    @router.get("/users/{user_id}")
    async def get_user(user_id: str) -> str:  # pyright: ignore[reportUnusedFunction]
        return user_id

    @router.get("/users/all")
    async def get_all() -> str:  # pyright: ignore[reportUnusedFunction]
        return "everybody"

    @router.delete("/users/{user_id}")
    async def delete_user(user_id: str) -> str:  # pyright: ignore[reportUnusedFunction]
        return f"no more {user_id}"

    @inner.get("/{path:path}", status_code=202)
    async def get_path(path: str) -> str:  # pyright: ignore[reportUnusedFunction]
        return path

    router.include_router(inner)
    app = create_app([Service("s", router)], infrastructure, Settings(rate_limits="off"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test") as api:
        assert (await api.get("/users/all")).json() == "everybody"
        assert (await api.get("/users/7")).json() == "7"
        assert (await api.delete("/users/all")).json() == "no more all"
        assert (await api.put("/users/all")).headers["Allow"] == "DELETE, GET"
        nested = await api.get("/inner/a/b")
        assert (nested.status_code, nested.json()) == (202, "a/b")
    assert app.openapi()["paths"]["/inner/{path}"]["get"]["tags"] == ["Файлы"]
