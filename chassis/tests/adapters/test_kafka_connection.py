import ssl
from pathlib import Path

import pytest

from chassis.adapters.kafka.connection import KafkaConnection

SECRET = "not-to-be-seen"


def test_bootstrap_servers_are_separated_by_commas() -> None:
    arguments = KafkaConnection("one:9092, two:9093").client_arguments()
    assert arguments.get("bootstrap_servers") == ["one:9092", "two:9093"]


def test_plaintext_ignores_credentials_and_certificates() -> None:
    arguments = KafkaConnection("one:9092", username="u", password=SECRET).client_arguments()
    assert arguments.get("security_protocol") == "PLAINTEXT"
    assert not arguments.keys() & {"ssl_context", "sasl_mechanism", "sasl_plain_username", "sasl_plain_password"}


def test_sasl_settings_become_client_arguments() -> None:
    connection = KafkaConnection("one:9092", "SASL_PLAINTEXT", "SCRAM-SHA-256", "u", SECRET)
    arguments = connection.client_arguments()
    assert arguments.get("sasl_mechanism") == "SCRAM-SHA-256"
    assert (arguments.get("sasl_plain_username"), arguments.get("sasl_plain_password")) == ("u", SECRET)
    assert "ssl_context" not in arguments


def test_tls_verifies_the_certificate_and_the_host_name() -> None:
    context = KafkaConnection("one:9092", "SASL_SSL", "PLAIN", "u", SECRET).client_arguments().get("ssl_context")
    assert context is not None
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize(("username", "password"), [("", SECRET), ("u", "")])
def test_sasl_without_a_username_or_a_password_is_refused(username: str, password: str) -> None:
    with pytest.raises(ValueError, match="SASL_SSL needs a username and a password"):
        KafkaConnection("one:9092", "SASL_SSL", "PLAIN", username, password)


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_an_unreadable_certificate_file_is_refused(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "ca.pem"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ValueError, match=r"ca\.pem"):
        KafkaConnection("one:9092", "SSL", ca_file=file).client_arguments()


def test_the_repr_of_a_connection_hides_the_password() -> None:
    assert SECRET not in repr(KafkaConnection("one:9092", "SASL_SSL", "PLAIN", "u", SECRET))
