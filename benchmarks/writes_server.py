"""The bare server of the benchmark `writes`: one insert or update in SQLite for each request, synced, and no more."""

import asyncio
import sqlite3
import sys
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import orjson
import uvloop
from fastapi import Body, Depends, FastAPI, Form, Response

from benchmarks.bare_server import bare_app
from chassis.composition.embedded import embedded
from chassis.composition.server import serve
from chassis.runtime.settings import Settings
from testkit.signing import Signing

_SETTINGS = Settings(port=0)
_SCHEMA = "CREATE TABLE jobs (id BLOB PRIMARY KEY, owner INTEGER, title TEXT, description TEXT)"


async def _run(folder: Path) -> None:
    async with embedded(folder / "data") as infrastructure:
        signing = Signing()
        await signing.publish(infrastructure)
        app, signed_in = bare_app(infrastructure)
        connection = await asyncio.to_thread(_opened, folder / "bare.db")
        _add_routes(app, connection, Depends(signed_in))
        await serve(app, _SETTINGS, lambda address: print(address, signing.token(1), flush=True))


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(_SCHEMA)
    return connection


def _add_routes(app: FastAPI, connection: sqlite3.Connection, signed_in: object) -> None:
    async def create(
        title: Annotated[str | None, Form()] = None,
        description: Annotated[str | None, Form()] = None,
        owner: int = signed_in,  # pyright: ignore[reportArgumentType]
    ) -> Response:
        job = {"id": str(uuid4()), "owner_id": owner, "title": title, "description": description}
        connection.execute(
            "INSERT INTO jobs VALUES (?, ?, ?, ?)", (UUID(str(job["id"])).bytes, owner, title, description)
        )
        return Response(orjson.dumps(job), 201, media_type="application/json")

    async def change(
        job_id: UUID,
        title: Annotated[str, Body(embed=True)],
        owner: int = signed_in,  # pyright: ignore[reportArgumentType]
    ) -> Response:
        connection.execute("UPDATE jobs SET title = ? WHERE id = ? AND owner = ?", (title, job_id.bytes, owner))
        job = {"id": str(job_id), "owner_id": owner, "title": title}
        return Response(orjson.dumps(job), media_type="application/json")

    app.add_api_route("/jobs", create, methods=["POST"], response_model=None)
    app.add_api_route("/jobs/{job_id}", change, methods=["PUT"], response_model=None)


if __name__ == "__main__":
    uvloop.run(_run(Path(sys.argv[1])))
