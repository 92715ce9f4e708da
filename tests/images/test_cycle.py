"""The README's example, through the gateway's image to a completed analysis."""

import json

from tests.e2e.api_client import Api, messages_until_ended
from tests.e2e.readme_example import run_readme_example
from tests.images.composed_product import ComposedProduct


async def test_an_upload_is_analysed_and_its_results_and_artifacts_are_served(api: Api, chest_zip: bytes) -> None:
    async with api.registered() as account:
        await run_readme_example(api, account, chest_zip)


def test_the_topics_container_may_run_again(product: ComposedProduct) -> None:
    product.topics.remove()
    assert product.topics.run() == 0, product.topics.log()


async def test_an_analyzer_that_was_killed_goes_on_with_its_volume_and_leaves_nothing_in_it(
    api: Api, product: ComposedProduct, chest_zip: bytes
) -> None:
    analyzer = product.containers["analyzer"]
    async with api.registered() as account:
        job = await account.submit(chest_zip)
        async with api.socket(job["id"]) as socket:
            while json.loads(await socket.recv())["job"]["progress"] < 5:
                pass
            analyzer.kill()
            analyzer.remove()
            analyzer.start()
            ended = await messages_until_ended(socket)

    assert ended[-1]["job"]["status"] == "completed"
    assert analyzer.output_of("ls", "-A", "/work/analyses") == ""
