"""Settings are read by name and validated; errors name the variable."""

from pathlib import Path

import pytest

from chassis.runtime.settings import InvalidSettings, Settings, load


class ServiceSettings(Settings):
    secret_of_service: int = 1


class OtherSettings(Settings):
    other: str = "x"


class Everything(ServiceSettings, OtherSettings):
    """The settings of all services in one process."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_defaults_apply_without_variables() -> None:
    settings = load(Settings)
    assert (settings.host, settings.port, settings.data_dir) == ("127.0.0.1", 8000, Path("data"))
    assert (settings.rate_limits, settings.cors_origins, settings.await_read_model_ms) == ("on", "*", 1000)
    assert (settings.log_format, settings.websocket_requires_token) == ("console", False)


def test_the_environment_overrides_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("CALIFORNIA_GOLD_PORT=9000\nCALIFORNIA_GOLD_HOST=0.0.0.0\nUNRELATED=1\n")
    monkeypatch.setenv("CALIFORNIA_GOLD_PORT", "9001")
    settings = load(Settings)
    assert (settings.host, settings.port) == ("0.0.0.0", 9001)


@pytest.mark.parametrize("in_file", [True, False])
def test_an_unknown_setting_is_refused_by_name(folder: Path, monkeypatch: pytest.MonkeyPatch, *, in_file: bool) -> None:
    if in_file:
        (folder / ".env").write_text("CALIFORNIA_GOLD_PROT=9000\n")
    else:
        monkeypatch.setenv("CALIFORNIA_GOLD_PROT", "9000")
    with pytest.raises(InvalidSettings, match=r"^CALIFORNIA_GOLD_PROT: there is no such setting$"):
        load(Settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eight"),
        ("PORT", "70000"),
        ("PORT", ""),
        ("HOST", ""),
        ("RATE_LIMITS", "maybe"),
        ("MAX_UPLOAD_BYTES", "0"),
        ("AWAIT_READ_MODEL_MS", "-1"),
        ("WEBSOCKET_REQUIRES_TOKEN", "perhaps"),
        ("LOG_FORMAT", "xml"),
        ("CORS_ORIGINS", "example.com"),
        ("CORS_ORIGINS", "https://example.com/path"),
        ("CORS_ORIGINS", "https://example.com,"),
        ("TRUSTED_PROXIES", "gateway"),
        ("TRUSTED_PROXIES", "10.0.0.0/99"),
    ],
)
def test_a_malformed_setting_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"CALIFORNIA_GOLD_{name}", value)
    with pytest.raises(InvalidSettings, match=f"^CALIFORNIA_GOLD_{name}: "):
        load(Settings)


def test_all_invalid_settings_are_reported_together(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "LOG_LEVEL", "UNKNOWN"):
        monkeypatch.setenv(f"CALIFORNIA_GOLD_{name}", "?")
    with pytest.raises(InvalidSettings) as refused:
        load(Settings)
    names = [line.partition(":")[0] for line in str(refused.value).splitlines()]
    assert names == ["CALIFORNIA_GOLD_UNKNOWN", "CALIFORNIA_GOLD_PORT", "CALIFORNIA_GOLD_LOG_LEVEL"]


def test_a_service_accepts_its_own_settings_and_a_combined_process_accepts_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALIFORNIA_GOLD_SECRET_OF_SERVICE", "5")
    monkeypatch.setenv("CALIFORNIA_GOLD_OTHER", "y")
    with pytest.raises(InvalidSettings, match="OTHER"):
        load(ServiceSettings)
    everything = load(Everything)
    assert (everything.secret_of_service, everything.other, everything.port) == (5, "y", 8000)


def test_every_setting_has_a_description() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
