"""`python -m gateway`: writes nginx's configuration from the environment and becomes nginx.

`GATEWAY_LISTEN`, `GATEWAY_FOLDER`, `GATEWAY_RESOLVER`, `GATEWAY_ORIGINS`, `GATEWAY_BODY_LIMIT`, and for each service
`GATEWAY_<SERVICE>`: its addresses, separated by spaces (by default its name, port 8000).
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from gateway.configuration import SERVICES, Gateway, configuration

_OPENAPI = Path(__file__).parents[1] / "contracts" / "openapi.json"


def gateway_of(environment: Mapping[str, str]) -> Gateway:
    """Return the gateway that the environment describes. Raises `ValueError`."""
    return Gateway(
        listen=environment.get("GATEWAY_LISTEN", "8080"),
        upstreams={name: _addresses(environment, name) for name in SERVICES},
        folder=Path(environment.get("GATEWAY_FOLDER", "/tmp/gateway")),  # noqa: S108  (the image's own, in memory)
        openapi=_OPENAPI,
        body_limit=int(environment.get("GATEWAY_BODY_LIMIT") or Gateway.body_limit),
        origins=environment.get("GATEWAY_ORIGINS") or Gateway.origins,
        resolver=environment.get("GATEWAY_RESOLVER") or Gateway.resolver,
    )


def _addresses(environment: Mapping[str, str], service: str) -> list[str]:
    given = environment.get(f"GATEWAY_{service.upper().replace('-', '_')}", "")
    return given.split() or [f"{service}:8000"]


def main() -> None:
    """Become nginx."""
    try:
        gateway = gateway_of(os.environ)
        text = configuration(gateway)
    except ValueError as problem:
        sys.exit(f"gateway: {problem}")
    gateway.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = gateway.folder / "nginx.conf"
    file.write_text(text, encoding="utf-8")
    os.execvp("nginx", ["nginx", "-e", "stderr", "-p", str(gateway.folder), "-c", str(file)])  # noqa: S606, S607


if __name__ == "__main__":
    main()
