"""The parts of the evaluation; each returns the sections of its page and writes its plots to the folder."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from testkit.images.phantom import Phantom
from tools.evaluation.cases import cases
from tools.evaluation.curves import draw_agreement, draw_free_response, phantom_curve, real_curve
from tools.evaluation.goals import goals
from tools.evaluation.injection import injected, read_volume
from tools.evaluation.kind_sections import kind_section, phantoms_of_kinds
from tools.evaluation.lung_cases import LungCase
from tools.evaluation.lung_section import lung_section
from tools.evaluation.matching import ScanOutcome, evaluate
from tools.evaluation.plot import draw
from tools.evaluation.real_scans import RealOutcome, findings_of, judge, read_truths
from tools.evaluation.real_sections import hits_of, real_scan_section
from tools.evaluation.small_nodules import SmallOutcome, find_small_nodules, small_nodule_section
from tools.evaluation.tables import calibration, errors, false_findings, median_confidence, sensitivity, sensitivity_by

DATA = Path("../shared/data")
REAL_CT = DATA / "ct_trunk_3mm.nii.gz"
LIMB_CT = DATA / "sts019_ct.nii.gz"
REAL_SCANS = DATA / "lidc"
REAL_NOISE_HU = 0.0
"""No noise is added to the real image."""
NOT_MEASURED = ["Not measured: the images are not beside the project."]


def real_scans(folder: Path, console: Console) -> Sequence[str]:
    """Measure real scans with the truth of readers."""
    if not REAL_SCANS.exists():
        return NOT_MEASURED
    outcomes: list[RealOutcome] = []
    small: list[SmallOutcome] = []
    for seed, (truth, volume) in enumerate(track(read_truths(REAL_SCANS), "real scans", console=console)):
        findings = findings_of(volume)
        outcomes.append(judge(truth, findings))
        small.append(find_small_nodules(truth, volume, findings, seed))
    pairs = [(hit.volume_mm3, nodule.volume_mm3) for nodule, hit in hits_of(outcomes) if hit]
    draw_free_response({"real scans": real_curve(outcomes)}, folder / "real-scans-froc.png")
    draw_agreement({"real scans": pairs}, folder / "real-scans-volumes.png")
    plots = [
        "![Sensitivity against false findings a scan](real-scans-froc.png)",
        "![Agreement of volumes](real-scans-volumes.png)",
    ]
    made = ["## Solid nodules of 3-6 mm, made into these scans", small_nodule_section(small)]
    return [real_scan_section(outcomes), *plots, *made]


def lungs(_folder: Path, _console: Console) -> Sequence[str]:
    """Measure what is taken for lungs."""
    real: list[LungCase] = []
    if REAL_SCANS.exists():
        real += [LungCase(f"real: {truth.name}", volume, has_lungs=True) for truth, volume in read_truths(REAL_SCANS)]
        real.append(LungCase("real: lung bases", read_volume(REAL_CT), has_lungs=True))
        real.append(LungCase("real: a limb", read_volume(LIMB_CT), has_lungs=False))
    return [lung_section(real)]


def kinds(_folder: Path, _console: Console) -> Sequence[str]:
    """Measure nodules of every kind, made into phantoms and into real scans."""
    scans = read_truths(REAL_SCANS) if REAL_SCANS.exists() else ()
    parts_of_lungs = (volume for truth, volume in scans if not truth.exhaustive)
    made = ["## In the three smaller real scans", kind_section(parts_of_lungs)] if scans else NOT_MEASURED
    return ["## In phantoms", kind_section(phantoms_of_kinds()), *made]


def injections(folder: Path, console: Console) -> Sequence[str]:
    """Measure one solid nodule at a time in a real CT of lung bases."""
    if not REAL_CT.exists():
        return NOT_MEASURED
    volume = read_volume(REAL_CT)
    empty = evaluate(volume, np.zeros(volume.voxels.shape, dtype=np.uint8), (), REAL_NOISE_HU)
    made = track(list(injected(volume)), "injections", console=console)
    scans = [evaluate_phantom(phantom, REAL_NOISE_HU) for phantom in made]
    outcomes = [outcome for scan in scans for outcome in scan.outcomes]
    draw_agreement({"injections": volume_pairs(scans)}, folder / "injections-volumes.png")
    return [
        f"Without injection: {empty.false_findings} findings. With one nodule each: {false_findings(scans)}",
        sensitivity(outcomes),
        errors(outcomes),
        "![Agreement of volumes](injections-volumes.png)",
    ]


def phantoms(folder: Path, console: Console) -> Sequence[str]:
    """Measure phantoms of many slices, noises and contrasts."""
    made = track(list(cases()), "phantoms", console=console)
    scans = [evaluate_phantom(case.build(), case.noise_hu) for case in made]
    outcomes = [outcome for scan in scans for outcome in scan.outcomes]
    draw(outcomes, folder / "phantoms.png")
    draw_free_response({"phantoms": phantom_curve(scans)}, folder / "phantoms-froc.png")
    draw_agreement({"phantoms": volume_pairs(scans)}, folder / "phantoms-volumes.png")
    return [
        f"{len(outcomes)} nodules. {false_findings(scans)}",
        goals(scans),
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
        "![Volume error by size; Dice by confidence](phantoms.png)",
        "![Sensitivity against false findings a scan](phantoms-froc.png)",
        "![Agreement of volumes](phantoms-volumes.png)",
    ]


def evaluate_phantom(phantom: Phantom, noise_hu: float) -> ScanOutcome:
    """Run the detector on a phantom."""
    return evaluate(phantom.volume, phantom.labels, phantom.nodules, noise_hu)


def volume_pairs(scans: Sequence[ScanOutcome]) -> list[tuple[float, float]]:
    """Return measured and true volume (mm³) of every nodule that was found."""
    found = [(o, o.match) for scan in scans for o in scan.outcomes if o.match]
    true = [np.pi / 6 * o.diameter_mm**3 for o, _ in found]
    return [((1 + m.volume_error_percent / 100) * v, v) for (_, m), v in zip(found, true, strict=True)]
