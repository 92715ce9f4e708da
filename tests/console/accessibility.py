"""What axe-core finds on a page."""

from collections.abc import Sequence
from typing import Any, cast

from playwright.sync_api import Page

from tools.console import CONSOLE

_AXE = CONSOLE / "node_modules" / "axe-core" / "axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_SERIOUS = {"serious", "critical"}


def serious_violations(page: Page) -> Sequence[str]:
    """Return a line for each serious violation of WCAG 2.2 AA on the page as it stands: the rule and the elements.

    The program is run by the browser's debugger, which the page's policy does not concern.
    """
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    options = {"runOnly": {"type": "tag", "values": _RULES}}
    found = cast("dict[str, Any]", page.evaluate("options => axe.run(document, options)", options))
    return [
        f"{violation['id']}: {', '.join(str(node['target']) for node in violation['nodes'])}"
        for violation in found["violations"]
        if violation["impact"] in _SERIOUS
    ]
