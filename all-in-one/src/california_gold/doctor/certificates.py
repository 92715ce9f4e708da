"""Check of the certificates of servers and authorities."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from cryptography.x509 import load_pem_x509_certificates

from california_gold.doctor.installation import Installation
from california_gold.settings import DistributedAllSettings
from chassis.ports.inspection import CheckResult, not_applicable, warning, well, wrong
from chassis.runtime.settings import PREFIX

_SOON = timedelta(days=30)
_PORTS = {"https": 443, "mongodb": 27017}
_EVENT_STORE_PORT = 2113


@dataclass(frozen=True)
class TlsEndpoint:
    """The address of a server with TLS, the setting that names it, and whom to trust (None: the system's)."""

    setting: str
    host: str
    port: int
    ca_file: str | None


async def check_certificates(installation: Installation) -> CheckResult:
    """Check when the certificates expire that the servers show, and those of the authorities in files."""
    settings = installation.settings
    if not isinstance(settings, DistributedAllSettings):
        return not_applicable("TLS ends at a proxy in front of the product")
    endpoints = list(tls_endpoints(settings))
    files = {Path(each.ca_file): each.setting for each in endpoints if each.ca_file}
    expiries = [*await asyncio.gather(*map(_shown, endpoints)), *(_in_file(*each) for each in files.items())]
    found = [expiry for expiry in expiries if expiry is not None]
    return expiring(found, datetime.now(UTC)) if found else not_applicable("no server is addressed with TLS")


def expiring(found: list[tuple[str, datetime | str]], now: datetime) -> CheckResult:
    """Return the result for the certificates that were seen: when each expires, or why it cannot be read."""
    advice = "renew the certificate, and restart the server that shows it"
    ends = [(end, what) for what, end in found if isinstance(end, datetime)]
    for what, reason in found:
        if isinstance(reason, str):
            return wrong(f"{what}: {reason}", "use a certificate that the authorities of the setting have signed")
    end, what = min(ends)
    seen = f"{what}: expires on {end:%Y-%m-%d}"
    if end <= now:
        return wrong(f"{what}: expired on {end:%Y-%m-%d}", advice)
    return warning(seen, advice) if end <= now + _SOON else well(f"{len(ends)} certificates; the first {seen}")


def tls_endpoints(settings: DistributedAllSettings) -> Iterator[TlsEndpoint]:
    """Yield the servers that the settings address with TLS; names that stand for several servers are left out."""
    s3 = urlsplit(settings.s3_endpoint)
    if s3.scheme == "https":
        yield TlsEndpoint(f"{PREFIX}S3_ENDPOINT", s3.hostname or "", s3.port or _PORTS["https"], None)
    if settings.kafka_security_protocol.endswith("SSL"):
        ca_file = str(settings.kafka_ca_file) if settings.kafka_ca_file else None
        for host, port in _hosts(settings.kafka_bootstrap, 9093):
            yield TlsEndpoint(f"{PREFIX}KAFKA_BOOTSTRAP", host, port, ca_file)
    yield from _of_uri("EVENTSTOREDB_URI", settings.eventstoredb_uri.get_secret_value(), "true", _EVENT_STORE_PORT)
    for name in ("mongodb_uri", "mongodb_keys_uri"):
        yield from _of_uri(name.upper(), getattr(settings, name).get_secret_value(), "false", _PORTS["mongodb"])


def _of_uri(setting: str, uri: str, default: str, port: int) -> Iterator[TlsEndpoint]:
    parts = urlsplit(uri)
    options = {name.lower(): value for name, value in parse_qsl(parts.query)}
    tls = options.get("tls", options.get("ssl", default)).lower() == "true"
    if tls and parts.netloc and "+" not in parts.scheme:
        for host, found in _hosts(parts.netloc.rpartition("@")[2], port):
            yield TlsEndpoint(f"{PREFIX}{setting}", host, found, options.get("tlscafile"))


def _hosts(addresses: str, default: int) -> Iterator[tuple[str, int]]:
    for address in filter(None, (part.strip() for part in addresses.split(","))):
        with suppress(ValueError):  # the check of the store names a malformed address
            parts = urlsplit(f"//{address}")
            yield parts.hostname or "", parts.port or default


async def _shown(endpoint: TlsEndpoint) -> tuple[str, datetime | str] | None:
    """Return when the certificate of a server expires, or why it is not trusted; None for a server that is away."""
    what = f"{endpoint.setting}: the certificate of {endpoint.host}:{endpoint.port}"
    try:
        context = ssl.create_default_context(cafile=endpoint.ca_file)
        async with asyncio.timeout(4):
            _, writer = await asyncio.open_connection(endpoint.host, endpoint.port, ssl=context)
    except ssl.SSLCertVerificationError as problem:
        return what, problem.verify_message
    except (OSError, TimeoutError):
        return None  # the check of the store says so
    certificate = writer.get_extra_info("peercert")
    writer.close()
    return what, datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)


def _in_file(path: Path, setting: str) -> tuple[str, datetime | str]:
    what = f"{setting}: the authorities in {path}"
    try:
        certificates = load_pem_x509_certificates(path.read_bytes())
    except OSError as problem:
        return what, problem.strerror or "it cannot be read"
    except ValueError:
        return what, "it has no certificate (PEM)"
    return what, min(certificate.not_valid_after_utc for certificate in certificates)
