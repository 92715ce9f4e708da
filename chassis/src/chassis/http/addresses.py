"""Addresses of clients, as limits count them."""

from ipaddress import IPv4Address, ip_address, ip_network
from typing import Annotated

from fastapi import Depends, Request
from starlette.types import Scope


def counted_address(host: str) -> str:
    """Return what counts as one client: an IPv4 address, or the /64 network of an IPv6 address.

    A provider gives each customer at least a /64 (RFC 6177), so that one client has all of its addresses. A proxy may
    forward what is no address: all of that counts as one client.
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, IPv4Address):
        return host
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((address, 64), strict=False).network_address)


def client_of(scope: Scope) -> str:
    """Return what counts as the client of a request."""
    client: tuple[str, int] | None = scope.get("client")
    return counted_address(client[0]) if client else "unknown"


async def _client_address(request: Request) -> str:
    return client_of(request.scope)


ClientAddress = Annotated[str, Depends(_client_address)]
"""What counts as the client of a request."""


def network_of(host: str) -> str:
    """Return the network of an address, /24 or /64, which says where a client is and not who it is."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return "unknown"
    return str(ip_network((address, 24 if address.version == 4 else 64), strict=False))
