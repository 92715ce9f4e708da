"""Check of the running product: its own readiness."""

import asyncio
import json
from http.client import HTTPConnection, HTTPException

from california_gold.doctor.installation import Installation
from chassis.ports.inspection import CheckResult, not_applicable, well, wrong
from chassis.runtime.settings import PREFIX

_SECONDS = 4.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (a server listens there; nothing is bound)
_READY, _NOT_READY = 200, 503


async def check_server(installation: Installation) -> CheckResult:
    """Ask the product for its readiness, if it runs."""
    settings = installation.settings
    if installation.is_distributed:
        return not_applicable("each process answers /ready itself")
    host = _EVERYWHERE.get(settings.host, settings.host)
    try:
        status, body = await asyncio.to_thread(_ask, host, settings.port)
    except (OSError, HTTPException):
        return not_applicable(f"nothing answers at {host}:{settings.port}: the product does not run there")
    if status == _READY:
        return well(f"the product at {host}:{settings.port} is ready")
    if status == _NOT_READY:
        return wrong(f"not ready: {_detail(body)}", "docs/operations.md#what-to-watch")
    return wrong(f"something else answers at {host}:{settings.port}", f"set {PREFIX}PORT to a free port")


def _ask(host: str, port: int) -> tuple[int, bytes]:
    connection = HTTPConnection(host, port, timeout=_SECONDS)
    try:
        connection.request("GET", "/ready")
        answer = connection.getresponse()
        return answer.status, answer.read(10_000)
    finally:
        connection.close()


def _detail(body: bytes) -> str:
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return "no reason is given"
