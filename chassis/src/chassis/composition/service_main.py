"""The main program of a service in distributed deployment mode, called by each `__main__`."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog
import uvloop

from california_gold_contracts import published
from chassis.composition import server
from chassis.composition.distributed import distributed
from chassis.composition.distributed_settings import DistributedSettings
from chassis.composition.store_access import store_access
from chassis.composition.telemetry import DISTRIBUTED, observed
from chassis.http.app import create_app
from chassis.http.documentation import ApiDescription
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime import logging
from chassis.runtime.inspection import forbid_inspection
from chassis.runtime.service import Role, Service
from chassis.runtime.settings import InvalidSettings, load

AnySettings = TypeVar("AnySettings", bound=DistributedSettings)
Build = Callable[[Infrastructure, AnySettings], Service]
_ROLES = {"http": Role.HTTP, "workers": Role.WORKERS}
_log = structlog.get_logger()


def run(name: str, build: Build[AnySettings], settings_type: type[AnySettings]) -> None:
    """Serve until SIGTERM or SIGINT. Exits with code 1 and a message when settings are missing or invalid."""
    forbid_inspection()
    role = _role(name, sys.argv[1:])
    try:
        settings = load(settings_type)
        logging.configure(settings.log_format, settings.log_level)
        uvloop.run(_serve(name, build, settings, role))
    except (InvalidSettings, server.AddressUnavailable) as problem:
        for line in str(problem).splitlines():
            sys.stderr.write(f"{name}: {line}\n")
        sys.exit(1)


async def _serve(name: str, build: Build[AnySettings], settings: AnySettings, role: Role) -> None:
    async with distributed(settings) as stores, observed(stores, _service_name(name), DISTRIBUTED) as infrastructure:
        api = ApiDescription(published.openapi()["info"]["title"])
        services = [build(infrastructure, settings), store_access(infrastructure, role)]
        app = create_app(services, infrastructure, settings, role, api)
        app.openapi = published.openapi  # of the whole API: a service alone knows its own routes only
        await server.serve(
            app,
            settings,
            lambda address: _log.info(
                "service_started", service=name, role=role.name, address=address, instance=infrastructure.instance
            ),
        )


def _service_name(module: str) -> str:
    """Return the name of a service in traces and metrics, as manifests and topics name it: `jobs-command`."""
    return module.replace("_", "-").replace(".", "-")


def _role(name: str, arguments: Sequence[str]) -> Role:
    parser = ArgumentParser(
        f"python -m {name}", description="Settings are environment variables: see docs/operations.md."
    )
    parser.add_argument("--only", choices=sorted(_ROLES), help="run only this role (default: both)")
    return _ROLES.get(parser.parse_args(arguments).only, Role.WHOLE)
