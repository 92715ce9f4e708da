"""Every operation answers each kind of caller as the authorisation matrix says, and the owner's things stay.

A new operation needs a line in `authorisation_matrix.txt`.
"""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio

from testkit.eventually import eventually
from tests.e2e.api_client import Api
from tests.e2e.product import DEPLOYMENT_MODE, Product, products
from tests.security.authorisation_matrix import Cell, read_matrix
from tests.security.belongings import SECRET, Belongings, body_of
from tests.security.callers import Callers

ON_SERVERS = DEPLOYMENT_MODE == "distributed"
MATRIX = read_matrix()
NOT_ASKED = {"POST /auth/logout", *(["GET /presigned"] if ON_SERVERS else [])}
"""A logout ends the token of its caller, which other operations need: see `test_sessions.py`. In the distributed mode
links lead to the object store."""
OPERATIONS = sorted({cell.operation for cell in MATRIX} - NOT_ASKED)
LEARNED_WITHIN_SECONDS = 60.0
"""In the distributed mode a process learns from a topic which users are deleted."""

on_one_loop = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product in the deployment mode `PRODUCT`."""
    with products(lambda: tmp_path_factory.mktemp("product")) as make:
        running = make({}).start()
        yield running
        running.stop()


@pytest.fixture(scope="module")
def api(product: Product) -> Api:
    return Api(product.url)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def callers(product: Product) -> Callers:
    return await Callers.of(product)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owners(api: Api, chest_zip: bytes) -> AsyncIterator[Belongings]:
    """What nobody but its owner may read or change: with the results of an analysis."""
    async with Belongings.of_a_new_owner(api, chest_zip) as belongings:
        await belongings.account.until_ended(belongings.job["id"])
        yield belongings


def test_every_operation_of_the_document_is_in_the_matrix_and_no_other(api: Api) -> None:
    document = httpx.get(f"{api.url}/openapi.json").json()
    documented = {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}
    assert {cell.documented_as for cell in MATRIX} == documented


@on_one_loop
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_an_operation_answers_each_caller_as_the_matrix_says_and_the_owners_things_stay(
    api: Api, callers: Callers, owners: Belongings, text_zip: bytes, operation: str
) -> None:
    cells = [cell for cell in MATRIX if cell.operation == operation]
    before = await owners.shown()
    answers = {cell.caller: await asked(api, callers, owners, cell) for cell in cells if not cell.changes}
    assert await owners.shown() == before
    for cell in cells:
        if cell.changes:
            async with Belongings.of_a_new_owner(api, text_zip) as others:
                answers[cell.caller] = await asked(api, callers, others, cell)

    assert answers == {cell.caller: (cell.status, cell.reads) for cell in cells}


@on_one_loop
@pytest.mark.parametrize("operation", [operation for operation in OPERATIONS if "{job_id}" in operation])
async def test_the_number_of_a_job_opens_no_more_than_its_id(
    api: Api, callers: Callers, owners: Belongings, operation: str
) -> None:
    before = await owners.shown()
    cells = [
        cell for cell in MATRIX if cell.operation == operation and cell.caller in {"none", "other", "administrator"}
    ]
    answers = [await asked(api, callers, owners, cell, job_by="number") for cell in cells]

    assert answers == [(cell.status, cell.reads) for cell in cells]
    assert await owners.shown() == before


async def asked(
    api: Api, callers: Callers, belongings: Belongings, cell: Cell, *, job_by: str = "id"
) -> tuple[int, bool]:
    """Return the status of the answer to a caller, and whether the answer holds what belongs to the owner."""
    headers = callers.header(cell.caller, belongings.account.token)

    async def answer() -> httpx.Response:
        async with api.anonymous() as http:
            path = belongings.path(cell.method, cell.route, job_by=job_by)
            return await http.request(cell.method, path, headers=headers, **body_of(cell.documented_as))

    async def learned() -> bool:
        return (await answer()).status_code == cell.status

    if cell.caller == "deleted":
        await eventually(learned, within=LEARNED_WITHIN_SECONDS)
    answered = await answer()
    return answered.status_code, SECRET.lower().encode() in answered.content.lower()
