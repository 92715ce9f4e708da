"""The commands that MongoDB clients send, and whether an index supports their queries."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from pymongo import monitoring

from chassis.adapters.mongo.database import MongoDatabase
from tests.servers.query_plans import has_order, index_scans, key_pattern, stages

Json = Mapping[str, Any]


class Commands(monitoring.CommandListener):
    """Records the commands of clients that are created after it is registered."""

    def __init__(self) -> None:
        self.sent: list[Json] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command:  # the driver reports the commands of authentication as empty
            self.sent.append({**event.command})

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass

    @property
    def names(self) -> list[str]:
        return [next(iter(command)) for command in self.sent]


@contextmanager
def commands_of_new_clients() -> Generator[Commands]:
    """Record the commands of clients that are created inside the block."""
    commands = Commands()
    with pytest.MonkeyPatch.context() as patch:
        listeners = monitoring._LISTENERS  # pyright: ignore[reportPrivateUsage]
        patch.setattr(monitoring, "_LISTENERS", listeners._replace(command_listeners=[commands]))
        yield commands


async def assert_an_index_serves(database: MongoDatabase, command: Json) -> None:
    """Fail for a query that scans a whole collection, or sorts although an index has the order.

    SecantusDB has no plan for `_id` with a further condition, and sorts the result of every index scan. For it the
    check is only that an index exists which MongoDB could use.
    """
    name, secantus = next(iter(command)), "secantusVersion" in await database.command("buildInfo")
    for query in _queries(command):
        if secantus and isinstance(query.get("_id"), str):
            query = {"_id": query["_id"]}
        sort = command.get("sort", {})
        find = {"find": command[name], "filter": query, **({"sort": sort} if sort else {})}
        plan = stages(await database.command({"explain": find, "verbosity": "queryPlanner"}))
        pattern = key_pattern(index_scans(plan)[0])
        assert has_order(pattern, query, sort), (find, pattern)
        assert secantus or "SORT" not in [stage["stage"] for stage in plan], (find, plan)


def _queries(command: Json) -> list[Json]:
    match next(iter(command)):
        case "find":
            return [command["filter"]]
        case "findAndModify":
            return [command["query"]]
        case "update" | "delete":
            return [statement["q"] for statement in command["updates" if "updates" in command else "deletes"]]
        case _:
            return []
