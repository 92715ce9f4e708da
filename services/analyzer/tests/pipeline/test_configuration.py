from pathlib import Path

from analyzer.configuration import AnalysisConfiguration
from analyzer.reading.limits import ReadingLimits


def test_equal_configurations_have_equal_digests() -> None:
    assert AnalysisConfiguration().digest() == AnalysisConfiguration(reading=ReadingLimits()).digest()


def test_every_change_of_the_configuration_changes_the_digest(tmp_path: Path) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    first.write_text('{"sha256": "1"}')
    second.write_text('{"sha256": "2"}')
    digests = {
        AnalysisConfiguration().digest(),
        AnalysisConfiguration(reading=ReadingLimits(entries=5)).digest(),
        AnalysisConfiguration(model_manifest=first).digest(),
        AnalysisConfiguration(model_manifest=second).digest(),
    }
    assert len(digests) == 4


def test_the_path_of_a_model_does_not_change_the_digest(tmp_path: Path) -> None:
    here, there = tmp_path / "here.json", tmp_path / "there.json"
    for path in (here, there):
        path.write_text("{}")
    digests = {AnalysisConfiguration(model_manifest=path).digest() for path in (here, there)}
    assert len(digests) == 1
