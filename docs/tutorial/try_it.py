"""Tries the tutorial's event on a data folder: `python docs/tutorial/try_it.py submit|pin|show FOLDER NUMBER`."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import httpx

from california_gold.application import application
from california_gold.settings import AllSettings
from chassis.composition.embedded import embedded
from chassis.runtime import logging

ACCOUNT = {"username": "doctor", "password": "Stethoscope-42"}


async def request(client: httpx.AsyncClient, action: str, number: str) -> Any:
    """Send the request of an action on a job, and return the job that is answered."""
    if action == "submit":
        await client.post("/auth/register", json=ACCOUNT)
    token = (await client.post("/auth/login", json=ACCOUNT)).json()["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"
    match action:
        case "submit":
            (await client.post("/jobs", data={"title": "CT of the chest"})).raise_for_status()
            answer = await client.get(f"/jobs/{number}")  # waits until the read model has the job
        case "pin":
            answer = await client.put(f"/jobs/{number}/pin", json={"pinned": True})
        case _:
            answer = await client.get(f"/jobs/{number}")
    return answer.raise_for_status().json()


async def main(action: str, folder: Path, number: str) -> None:
    """Run the product on the folder for the time of one request."""
    logging.configure("console", "error")
    async with embedded(folder) as infrastructure:
        app = application(infrastructure, AllSettings(access_log="off", log_level="error"))
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://try") as client,
        ):
            job = await request(client, action, number)
    print({name: job.get(name, "(missing)") for name in ("number", "title", "status", "pinned")})


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
