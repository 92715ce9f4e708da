"""Puts openapi.json into the wheel; an editable install finds it beside the source."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class OpenApiInTheWheel(BuildHookInterface[Any]):
    """The hook that `pyproject.toml` names."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the file, unless the build is only a link to the source."""
        if version != "editable":
            build_data["force_include"]["openapi.json"] = "california_gold_contracts/openapi.json"
