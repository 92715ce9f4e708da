from typing import get_args

import pytest

from chassis.adapters.mongo.database import MongoDatabase, MongoDriver, mongo_database
from chassis.adapters.mongo.key_store import MongoKeyStore
from chassis.ports.key_store import KeyShredded
from testkit.conformance import KeyStoreConformance
from testkit.conformance.samples import unique
from tests.servers.mongodb_commands import commands_of_new_clients


@pytest.mark.parametrize("mongodb_driver", get_args(MongoDriver))
class TestMongoKeyStore(KeyStoreConformance):
    @pytest.fixture
    def key_store(self, mongo: MongoDatabase) -> MongoKeyStore:
        return MongoKeyStore(mongo)


async def test_a_shredded_key_leaves_a_record_without_a_key(mongo: MongoDatabase) -> None:
    keys = MongoKeyStore(mongo)
    await keys.key_for("user-7")
    await keys.shred("user-7")
    assert await mongo["keys"].find({}).to_list(None) == [{"_id": "user-7", "key": None}]


async def test_shredding_is_visible_to_other_processes_at_once(mongo: MongoDatabase) -> None:
    here, there = MongoKeyStore(mongo), MongoKeyStore(mongo)
    assert await here.key_for("user-7") == await there.key_for("user-7")
    await there.shred("user-7")
    with pytest.raises(KeyShredded):
        await here.key_for("user-7")


async def test_a_key_is_made_by_an_insert_and_read_linearizably(mongodb_uri: str) -> None:
    with commands_of_new_clients() as commands:
        async with mongo_database(mongodb_uri, unique("tests-")) as database:
            await MongoKeyStore(database).key_for("user-7")
            assert commands.names == ["find", "insert", "find"]
    levels = [command["readConcern"]["level"] for command in commands.sent if "find" in command]
    assert levels == ["linearizable"] * 2
