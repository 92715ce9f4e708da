"""The OpenAPI document and its pages."""

import base64
import hashlib
import re
from typing import Any

import httpx
import pytest

from chassis.commands.message import Message
from chassis.http.app import create_app
from chassis.http.documentation import FILE, ApiDescription, errors, form
from chassis.ports.infrastructure import Infrastructure
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


def test_the_document_has_the_title_that_is_passed_in(infrastructure: Infrastructure) -> None:
    api = ApiDescription("Small API", "2.1.0", "At length.")
    document = create_app([], infrastructure, Settings(), api=api).openapi()
    assert document["info"] == {"title": "Small API", "version": "2.1.0", "description": "At length."}


async def test_a_route_that_requires_a_token_documents_the_bearer_scheme(document: dict[str, Any]) -> None:
    assert document["paths"]["/me"]["get"]["security"] == [{"bearer": []}]
    assert "security" not in document["paths"]["/things/{number}"]["get"]
    scheme = document["components"]["securitySchemes"]["bearer"]
    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"]) == ("http", "bearer", "JWT")


async def test_every_operation_documents_the_errors_of_every_route(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert {"422", "429", "500", "503"} <= set(operation["responses"]), f"{method} {path}"


async def test_an_error_is_documented_with_its_schema_and_an_example(document: dict[str, Any]) -> None:
    answer = document["paths"]["/me"]["get"]["responses"]["401"]
    assert answer["content"]["application/json"] == {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "examples": {"1": {"value": {"detail": "Требуется авторизация"}}},
    }


async def test_a_validation_error_is_documented_with_its_schema(document: dict[str, Any]) -> None:
    schema = document["paths"]["/commands"]["post"]["responses"]["422"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/ValidationProblem"}


def test_a_route_may_document_its_own_examples() -> None:
    documented = errors(
        404, examples={404: [Message("Задание не найдено", "No job"), Message("Файл не найден", "No file")]}
    )
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
async def test_the_documentation_pages_load_nothing_from_the_internet(api: httpx.AsyncClient, path: str) -> None:
    page = (await api.get(path)).text
    assert "/openapi.json" in page
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)
    for asset in re.findall(r"""(?:src|href)="(/[^"]+)""", page):
        assert (await api.get(asset)).status_code == 200, asset


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_the_policy_of_a_documentation_page_allows_its_scripts_and_no_others(
    api: httpx.AsyncClient, path: str
) -> None:
    answer = await api.get(path)
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    inline = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in inline}
    assert set(policy["script-src"].split()) == {"'self'", *hashes}
    assert policy["frame-ancestors"] == policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self'"
    assert not re.search(r"<[^>]+ on\w+=", answer.text)
