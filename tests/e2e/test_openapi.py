"""The OpenAPI document: completeness, a generated client, and a fuzzer that checks every response."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.e2e.api_client import PASSWORD, Api
from tests.e2e.product import Product

_TOOLS = Path(sys.executable).parent
_CYCLE = Path(__file__).with_name("generated_client_cycle.py")
_EXAMPLES = 8


@pytest.fixture(scope="session")
def document(api: Api) -> dict[str, Any]:
    return httpx.get(f"{api.url}/openapi.json").json()


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def test_every_operation_documents_its_purpose_and_its_errors(document: dict[str, Any]) -> None:
    sections = {"Аутентификация", "Пользователи", "Файлы", "Задания", "Система"}
    operations = list(_operations(document))

    assert all(operation["summary"] for operation in operations)
    assert all(set(operation["tags"]) <= sections for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all({"429", "500", "503"} <= set(operation["responses"]) for operation in operations)


def test_every_protected_operation_documents_its_401(document: dict[str, Any]) -> None:
    protected = [operation for operation in _operations(document) if operation.get("security")]

    assert protected
    assert all("401" in operation["responses"] for operation in protected)


def test_every_error_has_an_example_in_the_format_of_the_contract(document: dict[str, Any]) -> None:
    for operation in _operations(document):
        for status, response in operation["responses"].items():
            if int(status) >= 400 and "application/json" in response.get("content", {}):
                content = response["content"]["application/json"]
                shown = [content["example"]] if "example" in content else list(content["examples"].values())
                assert shown, (operation["operationId"], status)


def test_the_documentation_needs_no_internet(api: Api) -> None:
    for page in ("/docs", "/redoc"):
        text = httpx.get(f"{api.url}{page}").text
        assert "https://" not in text.replace("https://www.w3.org", ""), page


def test_a_generated_client_completes_the_cycle(
    api: Api, document: dict[str, Any], chest_zip: bytes, tmp_path: Path
) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "chest.zip").write_bytes(chest_zip)
    generated = _run(tmp_path, "openapi-python-client", "generate", "--path", "openapi.json", "--output-path", "client",
                     "--meta", "none")  # fmt: skip
    assert "Unable to parse" not in generated

    said = _run(tmp_path, "python", str(_CYCLE), api.url, "chest.zip", f"user-{uuid4().hex[:12]}", PASSWORD)

    assert json.loads(said)["lesions"] == 1


@pytest.mark.thorough
async def test_a_fuzzer_finds_no_undocumented_response(api: Api, product: Product, tmp_path: Path) -> None:
    async with api.registered() as account:
        said = _run(
            tmp_path,
            "schemathesis",
            "run",
            f"{api.url}/openapi.json",
            f"--header=Authorization: Bearer {account.token}",
            f"--max-examples={_EXAMPLES}",
            "--seed=1",
            "--phases=examples,coverage,fuzzing",
            "--exclude-operation-id=delete_user",
            "--checks=not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
            "--request-timeout=30",
            "--no-color",
        )

    counted = re.search(r"(\d+) generated, (\d+) passed", said)
    assert counted is not None, said
    assert counted[1] == counted[2]
    assert int(counted[1]) > 500
    assert "Traceback" not in product.log


def _run(folder: Path, program: str, *arguments: str) -> str:
    done = subprocess.run([str(_TOOLS / program), *arguments], cwd=folder, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]
    return done.stdout + done.stderr
