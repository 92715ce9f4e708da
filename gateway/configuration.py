"""Fills in the template of nginx's configuration."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

TEMPLATE = Path(__file__).with_name("nginx.conf.template")
SERVICES = ("identity", "storage", "jobs-command", "jobs-query", "notifier")
"""The services that clients reach."""
MANY_PROCESSES = "worker_processes auto;"
ONE_PROCESS = "master_process off;"
"""The whole gateway as one process, which can be killed as one."""

_PLACE = re.compile(r"\$\{([A-Z_]+)\}")
PROBLEMS: Mapping[int, tuple[str, str]] = {
    400: ("400", "Некорректные данные запроса"),
    404: ("404", "Не найдено"),
    405: ("405", "Метод не поддерживается"),
    413: ("413", "Тело запроса слишком большое"),
    431: ("414 494", "Слишком большие заголовки запроса"),
    500: ("500", "Внутренняя ошибка сервера"),
    503: ("502 503 504", "Сервис временно недоступен, повторите запрос позже"),
}
"""What clients are answered, for which of nginx's own codes, and in which words: those of the services."""


@dataclass(frozen=True)
class Gateway:
    """What a gateway is told.

    `upstreams` has the addresses (`host:port`) of each service's replicas. A single one that is a name is looked up at
    `resolver` again and again, and may lead to many. `folder` is where nginx may write, `openapi` the document to
    serve, `origins` (separated by commas, `*` is any) those whose pages may read the gateway's own answers.
    """

    listen: str
    upstreams: Mapping[str, Sequence[str]]
    folder: Path
    openapi: Path
    body_limit: int = 4 * 1024**3 + 2 * 1024**2
    origins: str = "*"
    resolver: str = "127.0.0.11"
    processes: str = MANY_PROCESSES


def configuration(gateway: Gateway) -> str:
    """Return nginx's configuration. Raises `ValueError` for what would break out of its place."""
    values = {
        "LISTEN": _word(gateway.listen),
        "FOLDER": _word(str(gateway.folder)),
        "OPENAPI": _word(str(gateway.openapi)),
        "BODY_LIMIT": str(gateway.body_limit),
        "RESOLVER": _word(gateway.resolver),
        "PROCESSES": gateway.processes,
        "GROUPS": "\n".join(_group(name, gateway.upstreams[name]) for name in SERVICES),
        "ORIGINS": _origins(gateway.origins),
        "PROBLEMS": "\n".join(_problem(status, *said) for status, said in PROBLEMS.items()),
        **{name.upper().replace("-", "_"): _target(name, gateway.upstreams[name]) for name in SERVICES},
    }
    return _PLACE.sub(lambda place: values[place[1]], TEMPLATE.read_text(encoding="utf-8"))


def _target(name: str, addresses: Sequence[str]) -> str:
    """Return what a request is passed to: a name to look up, or the group of fixed addresses."""
    return _word(addresses[0]) if _is_looked_up(addresses) else name


def _group(name: str, addresses: Sequence[str]) -> str:
    if _is_looked_up(addresses):
        return ""
    servers = " ".join(f"server {_word(address)};" for address in addresses)
    return f"    upstream {name} {{ {servers} }}"


def _is_looked_up(addresses: Sequence[str]) -> bool:
    host = addresses[0].rpartition(":")[0].strip("[]")
    try:
        ip_address(host)
    except ValueError:
        return len(addresses) == 1
    return False


def _origins(origins: str) -> str:
    wanted = [_word(origin.strip()) for origin in origins.split(",")]
    if "*" in wanted:
        return "        ~.    $http_origin;"
    return "\n".join(f"        {origin}    $http_origin;" for origin in wanted)


def _problem(status: int, codes: str, detail: str) -> str:
    retry = "\n            add_header Retry-After 5 always;" if status == 503 else ""
    return f"""        error_page {codes} ={status} /-/{status};
        location = /-/{status} {{
            internal;
            default_type application/json;
            add_header Access-Control-Allow-Origin $allowed_origin always;
            add_header Access-Control-Allow-Credentials $allows_credentials always;
            add_header Access-Control-Expose-Headers $exposed always;
            add_header Vary Origin always;
            add_header X-Request-ID $correlation always;{retry}
            return {status} '{{"detail":"{detail}"}}';
        }}"""


def is_word(text: str) -> bool:
    """Say whether a text can stand in the configuration without breaking out of its place."""
    return re.fullmatch(r"[\w./:*@\[\]-]+", text) is not None


def _word(text: str) -> str:
    if not is_word(text):
        raise ValueError(f"{text!r} can't stand in nginx's configuration")
    return text
