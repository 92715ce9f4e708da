"""Route lookup by path, or by first segment and length, instead of FastAPI's linear search (ADR 19)."""

from collections.abc import Iterable, Sequence

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

_SCOPE_KEY = "california_gold.route"
_COPIED = (
    *("path", "endpoint", "methods", "name", "operation_id", "tags", "summary", "description", "deprecated"),
    *("dependencies", "callbacks", "include_in_schema", "openapi_extra", "responses", "response_description"),
    *("status_code", "response_class", "response_model", "response_model_include", "response_model_exclude"),
    *("response_model_by_alias", "response_model_exclude_unset", "response_model_exclude_defaults"),
    "response_model_exclude_none",
)


def add_routes(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Add the routes of all routers to the application as one flat list, and the index before it."""
    included = APIRouter()
    for router in routers:
        included.include_router(router)
    for context in iter_route_contexts(included.routes):
        if isinstance(context.original_route, APIRoute):
            app.router.add_api_route(**{name: getattr(context, name) for name in _COPIED})
        else:
            app.router.routes.append(context.original_route)
    app.router.routes.insert(0, RouteIndex(app.router.routes))


class RouteIndex(BaseRoute):
    """All routes by path. Without a match, Starlette goes on with the flat list, which has FastAPI's own routes."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        indexed = [route for route in routes if isinstance(route, (Route, WebSocketRoute))]
        self._longest = max((route.path.count("/") for route in indexed), default=0) + 1
        self._by_path: dict[str, list[Route | WebSocketRoute]] = {}
        self._by_shape: dict[tuple[str, int], list[Route | WebSocketRoute]] = {}
        for route in indexed:
            for shape in self._shapes(route.path):
                self._by_shape.setdefault(shape, []).append(route)
            if "{" not in route.path:
                self._by_path.setdefault(route.path, []).append(route)

    def _shapes(self, template: str) -> Iterable[tuple[str, int]]:
        """Yield the shapes that paths of a template can have; a parameter that is a path makes every greater length."""
        segment, length = self._shape(template)
        return ((segment, each) for each in range(length, self._longest + 1 if ":path}" in template else length + 1))

    def _shape(self, path: str) -> tuple[str, int]:
        """Return the first segment of a path and its number of segments, at most one more than any template has."""
        return path[1:].partition("/")[0], min(path.count("/"), self._longest)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match a route by path and method; a route that differs in the method only counts for the 405."""
        path: str = scope["path"]
        for route in self._by_path.get(path, ()):
            match, child = route.matches(scope)
            if match is Match.FULL:
                return match, {**child, _SCOPE_KEY: route}
        allowed: set[str] = set()
        for route in self._by_shape.get(self._shape(path), ()):
            match, child = route.matches(scope)
            if match is Match.FULL:
                return match, {**child, _SCOPE_KEY: route}
            if match is Match.PARTIAL and isinstance(route, Route):
                allowed |= route.methods or set()
        return (Match.FULL, {_SCOPE_KEY: None, "allowed": allowed}) if allowed else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request to the matching route. Raises 405 when only the method did not match."""
        route: Route | WebSocketRoute | None = scope[_SCOPE_KEY]
        if route is None:
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(scope["allowed"]))})
        await route.handle(scope, receive, send)
