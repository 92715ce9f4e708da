"""Measure the default detector: `python -m tools.evaluation FOLDER`."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from testkit.images.phantom import Phantom
from tools.evaluation.cases import cases
from tools.evaluation.goals import goals
from tools.evaluation.injection import injected, read_volume
from tools.evaluation.matching import ScanOutcome, evaluate
from tools.evaluation.plot import draw
from tools.evaluation.tables import calibration, errors, false_findings, median_confidence, sensitivity, sensitivity_by

REAL_CT = Path("../shared/data/ct_trunk_3mm.nii.gz")
REAL_NOISE_HU = 0.0
"""No noise is added to the real image."""


def main(folder: Path) -> None:
    """Evaluate phantoms and injections; write results.md and results.png."""
    console = Console(stderr=True)
    phantoms = [
        evaluate_phantom(case.build(), case.noise_hu) for case in track(list(cases()), "phantoms", console=console)
    ]
    sections = [*phantom_sections(phantoms), *real_sections(REAL_CT, console)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.md").write_text("\n\n".join(["# What was measured", *sections]) + "\n", encoding="utf-8")
    draw([outcome for scan in phantoms for outcome in scan.outcomes], folder / "results.png")
    console.print((folder / "results.md").read_text(encoding="utf-8"), markup=False)


def evaluate_phantom(phantom: Phantom, noise_hu: float) -> ScanOutcome:
    """Run the detector on a phantom."""
    return evaluate(phantom.volume, phantom.labels, phantom.nodules, noise_hu)


def phantom_sections(phantoms: Sequence[ScanOutcome]) -> list[str]:
    """Return the sections about the phantoms."""
    outcomes = [outcome for scan in phantoms for outcome in scan.outcomes]
    return [
        "## Phantoms",
        f"{len(outcomes)} nodules. {false_findings(phantoms)}",
        goals(phantoms),
        "Found of those above the size limit (4 mm, 2 pixels, 1.5 slices), all contrasts:",
        sensitivity(outcomes),
        sensitivity_by(outcomes, "noise, HU", lambda o: o.noise_hu),
        sensitivity_by(outcomes, "contrast to lung, HU", lambda o: o.contrast_hu),
        "How well the found ones were described:",
        errors(outcomes),
        "What the confidence says:",
        calibration(outcomes),
        "Median confidence:",
        median_confidence(outcomes),
        "![Volume error by size; Dice by confidence](results.png)",
    ]


def real_sections(path: Path, console: Console) -> list[str]:
    """Return the sections about nodules in a real CT; one line when the CT is not available."""
    if not path.exists():
        return ["## Injections", f"Not measured: {path.name} is not beside the project."]
    volume = read_volume(path)
    empty = evaluate(volume, np.zeros(volume.voxels.shape, dtype=np.uint8), (), REAL_NOISE_HU)
    scans = [
        evaluate_phantom(phantom, REAL_NOISE_HU)
        for phantom in track(list(injected(volume)), "injections", console=console)
    ]
    outcomes = [outcome for scan in scans for outcome in scan.outcomes]
    return [
        "## Injections into a real CT of lung bases, 3 mm",
        f"Without injection: {empty.false_findings} findings. With one nodule each: {false_findings(scans)}",
        sensitivity(outcomes),
        errors(outcomes),
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
