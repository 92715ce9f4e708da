"""Many changes of one thing at the same time: each succeeds, and is in the history exactly once."""

import asyncio
from collections.abc import Callable, Mapping

import httpx
import pytest

from testkit.eventually import eventually
from tests.e2e.api_client import Account, Api, expect

WRITERS = 40


async def changed_at_once(
    account: Account, path: str, field: str, headers_of: Callable[[int], Mapping[str, str]]
) -> None:
    """Set a field to 40 different values at the same time."""
    requests = [
        account.http.put(path, json={field: f"{field} {number}"}, headers=headers_of(number))
        for number in range(WRITERS)
    ]
    answers: list[httpx.Response] = await asyncio.gather(*requests)
    assert [answer.status_code for answer in answers] == [200] * WRITERS


@pytest.mark.parametrize("keyed", [False, True], ids=["without keys", "with keys"])
async def test_forty_changes_of_one_job_all_succeed_and_each_is_in_its_history_once(api: Api, keyed: bool) -> None:
    async with api.registered() as account:
        path = f"/jobs/{expect(await account.http.post('/jobs', data={'title': 'CT'}), 201)['id']}"
        await changed_at_once(account, path, "title", lambda number: {"Idempotency-Key": f"{number}"} if keyed else {})

        async def complete_history() -> list[str] | None:
            history = expect(await account.http.get(f"{path}/history"), 200)
            return [entry["data"]["title"] for entry in history] if len(history) > WRITERS else None

        titles = await eventually(complete_history)

    assert titles is not None
    assert sorted(titles) == sorted(["CT", *(f"title {number}" for number in range(WRITERS))])


async def test_forty_changes_of_one_account_all_succeed(api: Api) -> None:
    async with api.registered() as account:
        path = f"/users/{account.user['id']}"
        await changed_at_once(account, path, "full_name", lambda _: {})

        last = expect(await account.http.get(path), 200)["full_name"]

    assert last in {f"full_name {number}" for number in range(WRITERS)}
