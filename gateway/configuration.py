"""Generator of the nginx configuration from its template."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from gateway.messages import DETAILS

TEMPLATE = Path(__file__).with_name("nginx.conf.template")
SERVICES = ("identity", "storage", "jobs-command", "jobs-query", "notifier")
"""The services that clients reach."""
MANY_PROCESSES = "worker_processes auto;"
ONE_PROCESS = "master_process off;"
"""The gateway as one process, for tests that kill it."""

CONSOLE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of the console: that of the one-process form."""

_PLACEHOLDER = re.compile(r"\$\{([A-Z_]+)\}")
NGINX_ERRORS: Mapping[int, str] = {
    400: "400 411 505",
    404: "404",
    405: "405",
    408: "408",
    413: "413",
    429: "429",
    431: "414 494",
    500: "500",
    501: "501",
    503: "502 503 504",
}
"""Status of an error response -> the error codes of nginx that it replaces."""
RETRY_SECONDS: Mapping[int, int] = {429: 1, 503: 5}
"""Status of an error response -> its Retry-After."""


@dataclass(frozen=True)
class Gateway:
    """Settings of a gateway.

    `upstreams` has the addresses (`host:port`) of the replicas of each service. A single address with a host name is
    resolved repeatedly by `resolver`, and may have several addresses. nginx writes to `folder`. It serves `openapi`,
    and the built console in the folder `console` unless that is None.
    A body may have `body_limit` bytes where a file is uploaded, `small_body_limit` elsewhere. One client, but none of
    `proxies`, may have `client_requests` under way and `client_sockets` open.
    `origins` (comma-separated, `*`: any) may read the gateway's own responses (CORS). A gateway that is told to stop
    (SIGQUIT) ends open requests and WebSockets after `drain_seconds`.
    """

    listen: str
    upstreams: Mapping[str, Sequence[str]]
    folder: Path
    openapi: Path
    console: Path | None = None
    body_limit: int = 4 * 1024**3 + 2 * 1024**2
    small_body_limit: int = 2 * 1024**2
    client_requests: int = 256
    client_sockets: int = 1000
    proxies: Sequence[str] = ()
    origins: str = "*"
    resolver: str = "127.0.0.11"
    drain_seconds: int = 30
    processes: str = MANY_PROCESSES


def configuration(gateway: Gateway) -> str:
    """Return the nginx configuration. Raises `ValueError` for a value that would inject configuration."""
    values = {
        "LISTEN": _word(gateway.listen),
        "FOLDER": _word(str(gateway.folder)),
        "OPENAPI": _word(str(gateway.openapi)),
        "CONSOLE": _word(str(gateway.console or gateway.folder / "no-console")),
        "CONSOLE_BUILT": "1" if gateway.console else "",
        "CONSOLE_POLICY": CONSOLE_POLICY,
        "BODY_LIMIT": str(gateway.body_limit),
        "SMALL_BODY_LIMIT": str(gateway.small_body_limit),
        "CLIENT_REQUESTS": str(gateway.client_requests),
        "CLIENT_SOCKETS": str(gateway.client_sockets),
        "PROXIES": "\n".join(f"        {_word(address)}    1;" for address in gateway.proxies),
        "RESOLVER": _word(gateway.resolver),
        "DRAIN_SECONDS": str(gateway.drain_seconds),
        "PROCESSES": gateway.processes,
        "GROUPS": "\n".join(_group(name, gateway.upstreams[name]) for name in SERVICES),
        "ORIGINS": _origins(gateway.origins),
        "PROBLEMS": "\n".join(_problem(status, codes, DETAILS[status]) for status, codes in NGINX_ERRORS.items()),
        **{name.upper().replace("-", "_"): _target(name, gateway.upstreams[name]) for name in SERVICES},
    }
    return _PLACEHOLDER.sub(lambda placeholder: values[placeholder[1]], TEMPLATE.read_text(encoding="utf-8"))


def _target(name: str, addresses: Sequence[str]) -> str:
    """Return the target of proxy_pass: a host name to resolve, or the upstream group of fixed addresses."""
    return _word(addresses[0]) if _is_resolved(addresses) else name


def _group(name: str, addresses: Sequence[str]) -> str:
    if _is_resolved(addresses):
        return ""
    # No replica is avoided after an error: one that is replaced would be avoided when it is back, and the other gone.
    servers = " ".join(f"server {_word(address)} max_fails=0;" for address in addresses)
    return f"    upstream {name} {{ {servers} }}"


def _is_resolved(addresses: Sequence[str]) -> bool:
    host = addresses[0].rpartition(":")[0].strip("[]")
    try:
        ip_address(host)
    except ValueError:
        return len(addresses) == 1
    return False


def _origins(origins: str) -> str:
    allowed = [_word(origin.strip()) for origin in origins.split(",")]
    if "*" in allowed:
        return "        ~.    $http_origin;"
    return "\n".join(f"        {origin}    $http_origin;" for origin in allowed)


def _problem(status: int, codes: str, detail: str) -> str:
    retry = f"\n            add_header Retry-After {RETRY_SECONDS[status]} always;" if status in RETRY_SECONDS else ""
    return f"""        error_page {codes} ={status} /-/{status};
        location = /-/{status} {{
            internal;
            default_type application/json;
            add_header Access-Control-Allow-Origin $allowed_origin always;
            add_header Access-Control-Allow-Credentials $allows_credentials always;
            add_header Access-Control-Expose-Headers $exposed always;
            add_header Vary Origin always;
            add_header Cache-Control no-store always;
            add_header Content-Security-Policy "default-src 'none'; frame-ancestors 'none'" always;
            add_header X-Content-Type-Options nosniff always;
            add_header Strict-Transport-Security $transport_security always;
            add_header X-Request-ID $correlation always;{retry}
            return {status} '{{"detail":"{detail}"}}';
        }}"""


def console_in(root: Path) -> Path | None:
    """Return the folder of the built console below a checkout, or the image's folder; None where it is not built."""
    folder = root / "console" / "dist"
    return folder if (folder / "index.html").is_file() else None


def is_word(text: str) -> bool:
    """Return whether a value can be inserted into the configuration without injecting directives."""
    return re.fullmatch(r"[\w./:*@\[\]-]+", text) is not None


def _word(text: str) -> str:
    if not is_word(text):
        raise ValueError(f"{text!r} can't stand in nginx's configuration")
    return text
