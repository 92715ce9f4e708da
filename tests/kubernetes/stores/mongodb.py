"""The start of a MongoDB container: as in MongoDB's own image, the administrator is made once, without users."""

import os
import subprocess
import sys
from pathlib import Path

from pymongo import MongoClient

_DATA = Path("/data/db")
_MADE = _DATA / "administrator-made"
_SERVER = (sys.executable, "-c", "import sys; from secantus.cli import main; sys.exit(main())", "--storage-path")
_OPTIONS = (str(_DATA), "--sync-on-commit", "--port", "27017", "--host")


def _make_administrator() -> None:
    server = subprocess.Popen([*_SERVER, *_OPTIONS, "127.0.0.1"])
    user, password = os.environ["MONGO_INITDB_ROOT_USERNAME"], os.environ["MONGO_INITDB_ROOT_PASSWORD"]
    with MongoClient[dict[str, object]]("mongodb://127.0.0.1:27017/?directConnection=true") as client:
        client["admin"].command("createUser", user, pwd=password, roles=[{"role": "root", "db": "admin"}])
    server.terminate()
    server.wait()
    _MADE.touch()


if not _MADE.exists():
    _make_administrator()
os.execv(sys.executable, [*_SERVER, *_OPTIONS, "0.0.0.0", "--auth"])
