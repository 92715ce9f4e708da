"""The index of routes finds what FastAPI would find."""

import httpx
from fastapi import APIRouter

from chassis.http import route_index
from chassis.http.app import create_app
from chassis.http.routing import RouteOptions
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.service import Service
from chassis.runtime.settings import Settings


def test_every_option_of_a_declared_route_reaches_the_application() -> None:
    assert set(RouteOptions.__annotations__) <= set(route_index._COPIED)  # pyright: ignore[reportPrivateUsage]


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
        for path in ("a", "a/b", "a/b/c/d/e"):
            nested = await api.get(f"/inner/{path}")
            assert (nested.status_code, nested.json()) == (202, path)
    assert app.openapi()["paths"]["/inner/{path}"]["get"]["tags"] == ["Файлы"]
