"""Sections about nodules of other kinds than solid and free ones, in phantoms and real scans."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from analyzer.domain.result import Finding
from analyzer.domain.volume import Volume
from testkit.images.phantom import chest_phantom
from tools.evaluation.intervals import share_with_interval
from tools.evaluation.kinds import DIAMETERS_MM, KINDS, KindCase, with_every_kind
from tools.evaluation.matching import owner_of
from tools.evaluation.real_scans import findings_of, is_known
from tools.evaluation.tables import table

SLICES_MM = (1.25, 2.5)
LENGTH_MM, PIXELS, PIXEL_MM, NOISE_HU = 150.0, 360, 0.85, 30.0


@dataclass(frozen=True)
class KindOutcome:
    """A nodule, and the error of the visible volume when it was found."""

    case: KindCase
    volume_error_percent: float | None


def phantoms_of_kinds() -> Iterable[Volume]:
    """Yield chests without nodules, of seeds that served no tuning."""
    for k, slice_mm in enumerate(SLICES_MM):
        shape = (round(LENGTH_MM / slice_mm), PIXELS, PIXELS)
        spacing = (PIXEL_MM, PIXEL_MM, slice_mm)
        yield chest_phantom(9800 + k, shape=shape, spacing=spacing, noise_hu=NOISE_HU).volume


def kind_section(volumes: Iterable[Volume]) -> str:
    """Return the table of what was found of every kind, and the number of findings that the nodules caused beside."""
    outcomes: list[KindOutcome] = []
    new = scans = 0
    for seed, volume in enumerate(volumes):
        before = findings_of(volume)
        image, cases = with_every_kind(volume, seed)
        findings = findings_of(image)
        owners = [owner_of(finding, [case.nodule for case in cases]) for finding in findings]
        outcomes += [_outcome(case, k, findings, owners) for k, case in enumerate(cases)]
        new += sum(o is None and not is_known(f, before) for f, o in zip(findings, owners, strict=True))
        scans += 1
    return "\n\n".join(
        [_table(outcomes), f"{new} findings beside them in {scans} scans that are not there without them."]
    )


def _outcome(case: KindCase, index: int, findings: Sequence[Finding], owners: Sequence[int | None]) -> KindOutcome:
    if index not in owners:
        return KindOutcome(case, None)
    return KindOutcome(case, 100 * (findings[owners.index(index)].volume_mm3 / case.visible_mm3 - 1))


def _table(outcomes: Sequence[KindOutcome]) -> str:
    rows: list[list[str]] = []
    for kind in KINDS:
        own = [o for o in outcomes if o.case.kind == kind]
        errors = [o.volume_error_percent for o in own if o.volume_error_percent is not None]
        sizes = [[o for o in own if o.case.nodule.diameter_mm == mm] for mm in DIAMETERS_MM]
        counts = [f"{sum(o.volume_error_percent is not None for o in size)} / {len(size)}" for size in sizes]
        median = f"{np.median(errors):+.0f}" if errors else ""
        rows.append([kind.name, *counts, share_with_interval(len(errors), len(own)), median])
    head = ["kind", *(f"{mm:g} mm" for mm in DIAMETERS_MM), "all (share; 95 % interval)"]
    return table([*head, "error of the visible volume, %, median"], rows)
