"""The wheel contains golden samples, schemas and the OpenAPI document."""

import subprocess
import sys
from pathlib import Path

from california_gold_contracts.catalog import CATALOG
from california_gold_contracts.published import golden_sample, openapi, schema

CONTRACTS = Path(__file__).parents[1]
SHOW = """
import sys
from california_gold_contracts import published
print(published.__file__, *(published.golden_sample(name).decode() for name in sys.argv[1:]), sep="\\n")
print(*(published.schema(name)["title"] for name in sys.argv[1:]))
print(len(published.openapi()["paths"]))
"""


def test_samples_and_schemas_are_found_beside_the_source() -> None:
    for wire_type in CATALOG.wire_types:
        assert CATALOG.decode(wire_type, golden_sample(wire_type))
        assert schema(wire_type)["title"] == wire_type


def test_samples_schemas_and_api_are_in_the_wheel(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=CONTRACTS, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")

    show = [sys.executable, "-c", SHOW, *CATALOG.wire_types]
    output = subprocess.run(show, env={"PYTHONPATH": str(wheel)}, capture_output=True, text=True, check=True).stdout
    assert output.startswith(str(wheel))
    assert output.splitlines()[-1] == str(len(openapi()["paths"]))
    assert output.splitlines()[-2].split() == list(CATALOG.wire_types)
    assert all(golden_sample(wire_type).decode() in output for wire_type in CATALOG.wire_types)
