"""Kafka and MinIO with TLS."""

from collections.abc import Sequence
from pathlib import Path

from tests.servers.certificates import Certificate
from tests.servers.kafka import KafkaServer
from tests.servers.minio import MinioServer
from tests.servers.server_process import ServerProcess

_KEYSTORE = """
listener.security.protocol.map=PLAINTEXT:SSL,CONTROLLER:PLAINTEXT
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
ssl.truststore.type=PEM
ssl.truststore.location={certificate}
"""


class TlsKafkaServer(KafkaServer):
    """A broker that clients reach with TLS only."""

    name = "Kafka with TLS"

    def __init__(self, folder: Path, port: int, certificate: Certificate) -> None:
        super().__init__(folder, port)
        self._certificate = certificate

    def configure(self) -> None:
        """Write the broker's properties, and its key and certificate in one file."""
        super().configure()
        key, certificate = self._certificate
        keystore = self.folder / "keystore.pem"
        keystore.write_bytes(key.read_bytes() + certificate.read_bytes())
        with self._properties.open("a", encoding="utf-8") as file:
            file.write(_KEYSTORE.format(keystore=keystore, certificate=certificate))

    def is_ready(self) -> bool:
        """Return whether it listens: it answers no request without TLS."""
        return ServerProcess.is_ready(self)


class TlsMinioServer(MinioServer):
    """A MinIO server with TLS, whose `endpoint` does not say so."""

    name = "MinIO with TLS"

    def __init__(self, folder: Path, port: int, certificate: Certificate) -> None:
        super().__init__(folder, port)
        self._certificate = certificate

    @property
    def _certificates(self) -> Path:
        return self.folder / "certificates"

    def configure(self) -> None:
        """Copy the key and the certificate to the names that it looks for."""
        self._certificates.mkdir(exist_ok=True)
        for name, file in zip(("private.key", "public.crt"), self._certificate, strict=True):
            (self._certificates / name).write_bytes(file.read_bytes())

    def command(self) -> Sequence[str]:
        """Return the command line."""
        return [*super().command(), "--certs-dir", str(self._certificates)]

    def is_ready(self) -> bool:
        """Return whether it listens."""
        return ServerProcess.is_ready(self)
