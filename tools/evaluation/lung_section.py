"""Section about images with and without lungs."""

from collections.abc import Sequence

from analyzer.detection.lung_blob import LungBlob
from tools.evaluation.lung_cases import LungCase, lung_cases
from tools.evaluation.tables import table


def lung_section(real: Sequence[LungCase]) -> str:
    """Return the table of what the detector says of phantoms and of real images."""
    cases = [*lung_cases(), *real]
    rows = [[case.name, _word(case.has_lungs), _word(LungBlob().applies(case.volume) is None)] for case in cases]
    right = sum(row[1] == row[2] for row in rows)
    head = f"{right} of {len(rows)} images right. An image without lungs ends as `NOT_APPLICABLE`."
    return "\n\n".join([head, table(["image", "shows lungs", "lungs found"], rows)])


def _word(yes: bool) -> str:
    return "yes" if yes else "no"
