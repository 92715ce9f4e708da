"""Cross-origin resource sharing."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import httpx

OpenApi = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
PAGE = "https://page.example"


async def test_any_origin_is_echoed_by_default(api: httpx.AsyncClient) -> None:
    answer = await api.get("/things/1", headers={"Origin": PAGE})
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert {"ETag", "Content-Disposition", "X-RateLimit-Remaining"} <= set(
        answer.headers["Access-Control-Expose-Headers"].split(", ")
    )


async def test_responses_vary_by_origin(api: httpx.AsyncClient) -> None:
    for headers in ({}, {"Origin": PAGE}):
        assert (await api.get("/things/1", headers=headers)).headers["Vary"] == "Origin"


async def test_a_preflight_allows_every_method_and_header_of_the_document(api: httpx.AsyncClient) -> None:
    for method in ("GET", "POST", "PUT", "DELETE"):
        asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization, x-any"}
        answer = await api.options("/me", headers={"Origin": PAGE, **asked})
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, PAGE)
        assert method in answer.headers["Access-Control-Allow-Methods"]
        assert answer.headers["Access-Control-Allow-Headers"] == "authorization, x-any"


async def test_preflights_do_not_count_against_the_limit(open_api: OpenApi) -> None:
    async with open_api(rate_limits="on", requests_per_minute=1) as api:
        headers = {"Origin": PAGE, "Access-Control-Request-Method": "GET"}
        assert {(await api.options("/me", headers=headers)).status_code for _ in range(3)} == {200}
        assert (await api.get("/things/1")).status_code == 200


async def test_only_listed_origins_are_allowed(open_api: OpenApi) -> None:
    async with open_api(cors_origins=f"{PAGE}, http://localhost:5173") as api:
        allowed = [
            (await api.get("/things/1", headers={"Origin": origin})).headers.get("Access-Control-Allow-Origin")
            for origin in (PAGE, "http://localhost:5173", "https://other.example")
        ]
    assert allowed == [PAGE, "http://localhost:5173", None]
