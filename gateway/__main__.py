"""`python -m gateway`: writes the nginx configuration from the environment and executes nginx.

`GATEWAY_LISTEN`, `GATEWAY_FOLDER`, `GATEWAY_RESOLVER`, `GATEWAY_ORIGINS`, `GATEWAY_BODY_LIMIT`,
`GATEWAY_CLIENT_REQUESTS`, `GATEWAY_CLIENT_SOCKETS`, `GATEWAY_TRUSTED_PROXIES`, `GATEWAY_DRAIN_SECONDS`, and for each
service `GATEWAY_<SERVICE>`: its addresses, separated by spaces or commas (by default its name, port 8000).
"""

import os
import sys
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path

from gateway.configuration import SERVICES, Gateway, configuration, console_in, is_word

_ROOT = Path(__file__).parents[1]
_OPENAPI = _ROOT / "contracts" / "openapi.json"


def gateway_of(environment: Mapping[str, str]) -> Gateway:
    """Return the gateway settings of the environment. Raises `ValueError` with the name of an invalid variable."""
    return Gateway(
        listen=_word(environment, "GATEWAY_LISTEN", "8080"),
        upstreams={name: _addresses(environment, name) for name in SERVICES},
        folder=Path(_word(environment, "GATEWAY_FOLDER", "/tmp/gateway")),  # noqa: S108  (the image's own, in memory)
        openapi=_OPENAPI,
        console=console_in(_ROOT),
        body_limit=_number(environment, "GATEWAY_BODY_LIMIT", Gateway.body_limit),
        client_requests=_number(environment, "GATEWAY_CLIENT_REQUESTS", Gateway.client_requests),
        client_sockets=_number(environment, "GATEWAY_CLIENT_SOCKETS", Gateway.client_sockets),
        proxies=_networks(environment, "GATEWAY_TRUSTED_PROXIES"),
        origins=",".join(_words(environment, "GATEWAY_ORIGINS", Gateway.origins)),
        resolver=_word(environment, "GATEWAY_RESOLVER", Gateway.resolver),
        drain_seconds=_number(environment, "GATEWAY_DRAIN_SECONDS", Gateway.drain_seconds),
    )


def _addresses(environment: Mapping[str, str], service: str) -> list[str]:
    return _words(environment, f"GATEWAY_{service.upper().replace('-', '_')}", f"{service}:8000")


def _words(environment: Mapping[str, str], name: str, default: str) -> list[str]:
    values = (environment.get(name) or default).replace(",", " ").split()
    for text in values:
        if not is_word(text):
            raise ValueError(f"{name}: {text!r} can't stand in nginx's configuration")
    return values


def _networks(environment: Mapping[str, str], name: str) -> list[str]:
    networks = _words(environment, name, "")
    for text in networks:
        try:
            ip_network(text)
        except ValueError:
            raise ValueError(f"{name}: {text!r} is no address or network of a proxy") from None
    return networks


def _word(environment: Mapping[str, str], name: str, default: str) -> str:
    words = _words(environment, name, default)
    if len(words) != 1:
        raise ValueError(f"{name}: {environment[name]!r} is not one value")
    return words[0]


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    given = environment.get(name) or str(default)
    if not given.isdecimal():
        raise ValueError(f"{name}: {given!r} is not a number")
    return int(given)


def main() -> None:
    """Write the configuration and replace this process by nginx."""
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
