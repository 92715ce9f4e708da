"""Route decorators for methods."""

from dataclasses import dataclass

import httpx
from fastapi import APIRouter, FastAPI

from chassis.commands.message import Message
from chassis.http import routing

SECTION = Message("Раздел", "Section")


@dataclass(frozen=True, slots=True)
class SmallRoutes:
    greeting: str

    @routing.get("/z", summary=Message("Привет", "Greeting"), description=Message("Подробно", "At length"))
    async def greet(self) -> str:
        """Not shown."""
        return self.greeting

    @routing.post("/a", status_code=201)
    async def create(self) -> str:
        """Not shown."""
        return "created"

    async def not_a_route(self) -> None: ...

    @routing.put("/a")
    async def replace(self) -> str:
        return "replaced"

    @routing.delete("/a", include_in_schema=False)
    async def remove(self) -> str:
        return "removed"


def app() -> FastAPI:
    application = FastAPI()
    application.include_router(routing.router_of(SmallRoutes("hello"), SECTION))
    return application


async def test_a_declared_method_answers_with_its_instance() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app()), base_url="http://api.test") as client:
        assert (await client.get("/z")).json() == "hello"
        created = await client.post("/a")
        assert (created.status_code, created.json()) == (201, "created")
        assert (await client.put("/a")).json() == "replaced"
        assert (await client.delete("/a")).json() == "removed"


def test_routes_are_documented_in_definition_order_in_russian() -> None:
    paths = app().openapi()["paths"]
    assert list(paths) == ["/z", "/a"]
    assert set(paths["/a"]) == {"post", "put"}
    documented = paths["/z"]["get"]
    assert (documented["summary"], documented["description"]) == ("Привет", "Подробно")
    assert documented["tags"] == ["Раздел"]


def test_a_docstring_is_not_documented() -> None:
    assert "description" not in app().openapi()["paths"]["/a"]["post"]


def test_a_method_without_a_decorator_is_no_route() -> None:
    router: APIRouter = routing.router_of(SmallRoutes("hello"), SECTION)
    assert len(router.routes) == 4
