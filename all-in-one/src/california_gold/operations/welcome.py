"""What `serve` prints once it listens."""

from pathlib import Path

from california_gold.console.files import console_folder

_WELCOME = """
California Gold listens at {address}
  console   {console}
  data      {data}
  API docs  {address}/docs

Try next:
  curl -X POST {address}/auth/register -H 'Content-Type: application/json' \\
       -d '{{"username": "doctor", "password": "Stethoscope-42"}}'
  curl -X POST {address}/auth/login -H 'Content-Type: application/json' \\
       -d '{{"username": "doctor", "password": "Stethoscope-42"}}'
  curl -X POST {address}/jobs -H 'Authorization: Bearer <access_token>' -F file=@scan.zip -F title='CT'
  curl {address}/jobs -H 'Authorization: Bearer <access_token>'

Ctrl-C stops it."""


def welcome(address: str, data_dir: Path) -> str:
    """Return where the server and its console are, where its data is and what to try."""
    console = f"{address}/console/" if console_folder() else "not built: `make console` builds it"
    return _WELCOME.format(address=address, console=console, data=data_dir.absolute())
