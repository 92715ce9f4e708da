"""Solid nodules of 3 to 6 mm made into real scans: the readers' truth holds none of that size."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analyzer.domain.result import Finding
from analyzer.domain.volume import Volume
from testkit.images.phantom import Nodule, PlacedNodule
from testkit.images.phantom_nodules import oriented
from tools.evaluation.injection import PLEURA_CLEARANCE_MM, inject, lung_depth
from tools.evaluation.intervals import share_with_interval
from tools.evaluation.kinds import ATTEMPTS, LUNG_BELOW_HU, NEIGHBOUR_CLEARANCE_MM
from tools.evaluation.matching import owner_of
from tools.evaluation.real_scans import Truth, findings_of, is_known
from tools.evaluation.tables import table

SEED = 9900
DIAMETERS_MM = (3.5, 4.25, 4.75, 5.25, 5.75)
EACH = 4
"""Nodules of each diameter in each scan, as far as they find room."""
SIZES_MM = ((3, 4), (4, 5), (5, 6))


@dataclass(frozen=True)
class SmallNodule:
    """A nodule that was made into a scan, and the error of its volume when it was found."""

    diameter_mm: float
    slice_mm: float
    volume_error_percent: float | None


@dataclass(frozen=True)
class SmallOutcome:
    """What was found of the nodules in a scan; `new` counts findings that are not there without them."""

    nodules: Sequence[SmallNodule]
    new: int


def find_small_nodules(truth: Truth, volume: Volume, before: Sequence[Finding], seed: int) -> SmallOutcome:
    """Make nodules into a scan and look for them; `before` is what is found without them."""
    marked = [np.array(place.lps_mm) for place in (*truth.nodules, *truth.irrelevant)]
    placed = list(_placed(volume, marked, np.random.default_rng([SEED, seed])))
    image = volume
    for nodule in placed:
        image = inject(image, nodule).volume
    findings = findings_of(image)
    owners = [owner_of(finding, placed) for finding in findings]
    new = sum(o is None and not is_known(f, before) for f, o in zip(findings, owners, strict=True))
    nodules = [
        SmallNodule(nodule.diameter_mm, round(volume.slice_spacing, 2), _error(k, nodule, findings, owners))
        for k, nodule in enumerate(placed)
    ]
    return SmallOutcome(nodules, new)


def _placed(volume: Volume, marked: Sequence[np.ndarray], rng: np.random.Generator) -> Iterator[PlacedNodule]:
    """Yield free nodules in lung of its usual density, clear of each other and of what is marked."""
    depth, taken = lung_depth(volume), [*marked]
    for diameter in DIAMETERS_MM * EACH:
        nodule = oriented(Nodule(diameter, elongation=float(rng.uniform(1, 1.2))), rng)
        candidates = np.argwhere(depth >= nodule.reach_mm + PLEURA_CLEARANCE_MM)
        for index in rng.permutation(len(candidates))[:ATTEMPTS]:
            k, row, column = (int(i) for i in candidates[index])
            x, y, z = (float(c) for c in volume.to_patient(np.array([[column, row, k]], dtype=np.float64))[0])
            clear = all(np.linalg.norm(np.array([x, y, z]) - other) >= NEIGHBOUR_CLEARANCE_MM for other in taken)
            if clear and volume.voxels[k, row, column] <= LUNG_BELOW_HU:
                taken.append(np.array([x, y, z]))
                yield replace(nodule, centre_mm=(x, y, z))
                break


def _error(index: int, nodule: PlacedNodule, findings: Sequence[Finding], owners: Sequence[int | None]) -> float | None:
    if index not in owners:
        return None
    return 100 * (findings[owners.index(index)].volume_mm3 / nodule.volume_mm3 - 1)


def small_nodule_section(outcomes: Sequence[SmallOutcome]) -> str:
    """Return the table of sizes, by slice distance, and the number of findings that the nodules caused beside."""
    nodules = [nodule for outcome in outcomes for nodule in outcome.nodules]
    slices = sorted({nodule.slice_mm for nodule in nodules})
    rows = [
        [f"{low}-{high} mm", *_cells([n for n in nodules if low <= n.diameter_mm < high], slices)]
        for low, high in (*SIZES_MM, (SIZES_MM[0][0], SIZES_MM[-1][1]))
    ]
    head = ["diameter", *(f"{mm:g} mm slices" for mm in slices), "all (share; 95 % interval)"]
    new = sum(outcome.new for outcome in outcomes)
    return "\n\n".join(
        [
            table([*head, "volume error, %: median"], rows),
            f"{new} findings beside them in {len(outcomes)} scans that are not there without them. The detector claims "
            "4 mm, 2 pixels and 1.5 slices, whichever is largest.",
        ]
    )


def _cells(nodules: Sequence[SmallNodule], slices: Sequence[float]) -> list[str]:
    errors = [nodule.volume_error_percent for nodule in nodules if nodule.volume_error_percent is not None]
    counts: list[str] = []
    for mm in slices:
        own = [nodule.volume_error_percent for nodule in nodules if nodule.slice_mm == mm]
        counts.append(f"{sum(error is not None for error in own)} / {len(own)}")
    return [*counts, share_with_interval(len(errors), len(nodules)), f"{np.median(errors):+.0f}" if errors else ""]
