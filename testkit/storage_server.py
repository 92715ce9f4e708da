"""Runs storage as a process: `python -m testkit.storage_server FOLDER` prints its address and a user's token."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from chassis.composition.embedded import embedded
from chassis.composition.server import serve
from chassis.http.app import create_app
from chassis.ports.document_store import Document
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.public_keys import ALGORITHM, PUBLIC_KEYS
from chassis.runtime.settings import Settings
from storage.service import build

_KID = "test"


async def main(folder: Path) -> None:
    """Serve until the process is terminated."""
    settings = Settings(port=0, rate_limits="off", access_log="off")
    async with embedded(folder) as infrastructure:
        token = await _token(infrastructure)
        app = create_app([build(infrastructure, settings)], infrastructure, settings)
        await serve(app, settings, lambda address: print(address, token, flush=True))  # noqa: T201


async def _token(infrastructure: Infrastructure) -> str:
    key, now = Ed25519PrivateKey.generate(), infrastructure.clock.now()
    public = OKPAlgorithm.to_jwk(key.public_key()).encode()
    await infrastructure.documents.put_newer(PUBLIC_KEYS, [Document(_KID, 0, public)])
    claims = {"sub": "1", "admin": False, "iat": now, "exp": now + timedelta(hours=1)}
    return jwt.encode(claims, key, ALGORITHM, {"kid": _KID})


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
