from typing import Any, NoReturn, cast, get_args

import pytest
from pymongo.errors import OperationFailure

from chassis.adapters.mongo.database import MongoDatabase, MongoDriver, mongo_database
from chassis.adapters.mongo.key_store import MongoKeyStore
from chassis.ports.event_store import StoreRefused
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


async def test_each_owner_has_a_collection_so_that_rights_can_be_granted_apart(mongo: MongoDatabase) -> None:
    keys = MongoKeyStore(mongo)
    for subject in ("user:7", "identity:names", "analyzer:series-names"):
        await keys.key_for(subject)
    assert sorted(await mongo.list_collection_names()) == ["analyzer-keys", "identity-keys", "keys"]


async def test_a_key_of_version_01_is_kept(mongo: MongoDatabase) -> None:
    await mongo["keys"].insert_one({"_id": "identity:names", "key": b"k" * 32})
    keys = MongoKeyStore(mongo)
    assert await keys.key_for("identity:names") == b"k" * 32
    assert await mongo["identity-keys"].find({}).to_list(None) == [{"_id": "identity:names", "key": b"k" * 32}]


async def test_a_process_that_may_not_read_the_keys_of_users_creates_its_own(mongo: MongoDatabase) -> None:
    keys = MongoKeyStore(cast("MongoDatabase", _WithoutRightsToUsers(mongo)))
    assert len(await keys.key_for("analyzer:series-names")) == 32
    with pytest.raises(StoreRefused, match=r"^CALIFORNIA_GOLD_MONGODB_KEYS_URI: "):
        await keys.key_for("user:7")


class _WithoutRightsToUsers:
    """A database whose collection `keys` refuses every read, as MongoDB does."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    def get_collection(self, name: str, **options: Any) -> object:
        return _Refusing() if name == "keys" else self._database.get_collection(name, **options)


class _Refusing:
    async def find_one(self, _: object) -> NoReturn:
        raise OperationFailure("not authorized", 13)
