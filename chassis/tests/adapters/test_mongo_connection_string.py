"""Options of a MongoDB connection string: obeyed, or refused by name."""

from pathlib import Path
from typing import Any, cast, get_args

import pytest

from chassis.adapters.mongo.connection_string import client_options
from chassis.adapters.mongo.database import MongoDriver, mongo_database

HOST = "mongodb://dora:pass-word@h"


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("w=1", "w"),
        ("journal=false", "journal"),
        ("wTimeoutMS=100", "wTimeoutMS"),
        ("retryWrites=false", "retryWrites"),
        ("retryReads=false", "retryReads"),
        ("readConcernLevel=available", "readConcernLevel"),
        ("readPreference=secondaryPreferred&maxStalenessSeconds=120", "readPreference"),
        ("maxStalenessSeconds=120", "maxStalenessSeconds"),
        ("readPreferenceTags=dc:east", "readPreferenceTags"),
        ("TIMEOUTMS=100", "TIMEOUTMS"),
    ],
)
def test_an_option_that_breaks_a_guarantee_is_refused_by_name(option: str, name: str) -> None:
    with pytest.raises(ValueError, match=f"^remove the option {name} from") as refused:
        client_options(f"{HOST}/?tls=true&{option}")
    assert "pass-word" not in str(refused.value)


@pytest.mark.parametrize("driver", get_args(MongoDriver))
@pytest.mark.parametrize("option", ["retrywrite=true", "tls=perhaps", "maxPoolSize=1&maxPoolSize=2", "w"])
async def test_an_option_that_is_unknown_invalid_or_repeated_is_refused(option: str, driver: MongoDriver) -> None:
    with pytest.raises(ValueError, match="connection string") as refused:
        async with mongo_database(f"{HOST}/?{option}", "tests", driver):
            pass
    assert "pass-word" not in str(refused.value)


@pytest.mark.parametrize("driver", get_args(MongoDriver))
@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_a_file_without_certificates_is_refused(content: str | None, driver: MongoDriver, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)
    with pytest.raises(ValueError, match="a file of the connection string of MongoDB can't be read"):
        async with mongo_database(f"{HOST}/?tlsCAFile={file}", "tests", driver):
            pass


@pytest.mark.parametrize(
    "uri", [f"{HOST}/?retryWrites=true&w=majority", f"{HOST}/?readPreference=primary&readConcernLevel=local"]
)
@pytest.mark.parametrize("driver", get_args(MongoDriver))
async def test_options_that_say_what_the_product_does_anyway_are_accepted(uri: str, driver: MongoDriver) -> None:
    async with mongo_database(uri, "tests", driver) as database:
        assert (database.write_concern.document, database.read_preference.mode) == ({"w": "majority", "j": True}, 0)


@pytest.mark.parametrize("driver", get_args(MongoDriver))
async def test_other_options_are_obeyed(driver: MongoDriver) -> None:
    uri = f"{HOST}/?connectTimeoutMS=9000&appName=ours&maxPoolSize=7"
    async with mongo_database(uri, "tests", driver) as database:
        pool = cast("Any", database.client).options.pool_options
        assert (pool.connect_timeout, pool.appname, pool.max_pool_size) == (9.0, "ours", 7)
