"""Parameters of the detector, all of which are reported in the provenance of a result."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class ScoreWeights:
    """Coefficients of the logistic regression in `score.py`."""

    intercept: float = -35.465
    log_diameter: float = 3.368
    inside: float = 30.572
    blob: float = 8.490
    attached: float = -12.140
    log_elongation: float = -2.930
    log_flatness: float = -4.810
    cnr: float = 0.2324


@dataclass(frozen=True)
class Gates:
    """What a region has to fulfil beside a score of `score_least`: the surer the score, the wider the gates."""

    score_least: float
    attached_most: float
    stability_least: float
    diameter_least_mm: float
    cnr_least: float


@dataclass(frozen=True)
class Parameters:
    """Parameters; the suffix of a name is its unit, `least` and `most` are a minimum and a maximum."""

    fewest_slices: int = 8

    lung_grid_mm: float = 2.5
    padding_below_hu: float = -1000.0
    body_from_hu: float = -300.0
    body_part_least: float = 0.1
    lung_air_below_hu: float = -400.0
    lung_part_least_ml: float = 25.0
    lung_part_least: float = 0.05
    lung_open_most: float = 0.25
    lungs_least_ml: float = 75.0
    lung_median_from_hu: float = -960.0
    lung_median_to_hu: float = -500.0
    lung_closing_mm: float = 10.0
    lung_share_of_trunk_least: float = 0.08
    lung_depth_least_mm: float = 8.0
    lung_texture_least: float = 2.0
    lung_texture_without_walls_least: float = 3.0
    lung_median_without_walls_from_hu: float = -900.0
    lung_in_middle_most: float = 0.15

    clip_from_hu: float = -1000.0
    clip_to_hu: float = 200.0
    scale_grid_mm: float = 1.0
    scale_first_mm: float = 1.0
    scale_count: int = 9
    response_least_hu: float = 100.0
    roundness_least: float = 0.15
    seeds_most: int = 600

    patch_voxels_per_radius: float = 5.0
    patch_step_least_mm: float = 0.5
    patch_step_most_mm: float = 1.0
    core_least_hu: float = -500.0
    faint_core_least_hu: float = -750.0
    faint_diameter_least_mm: float = 6.0
    faint_score_least: float = 0.9
    contrast_least_hu: float = 150.0
    level_share: float = 0.5
    point_spread_mm: float = 0.4
    partial_volume_slices: float = 3.5
    opening_share: float = 0.35
    stability_from_share: float = 0.4
    stability_to_share: float = 0.6
    shell_mm: float = 1.5
    cnr_most: float = 30.0
    noise_least_hu: float = 10.0

    gates: tuple[Gates, ...] = (Gates(0.9, 0.60, 0.2, 4.0, 0.0), Gates(0.3, 0.30, 0.5, 5.0, 8.0))
    blob_least: float = 0.15
    outside_lung_most: float = 0.6
    diameter_least_mm: float = 4.0
    diameter_least_pixels: float = 2.0
    diameter_least_slices: float = 1.5
    diameter_most_mm: float = 60.0
    first_look_share: float = 0.7

    weights: ScoreWeights = field(default_factory=ScoreWeights)

    def gates_of(self, score: float) -> Gates | None:
        """Return the gates of a score; None below all of them."""
        return next((gates for gates in self.gates if score >= gates.score_least), None)

    def as_json(self) -> Mapping[str, object]:
        """Return the constants as JSON values, for the result's provenance."""
        return {**asdict(self), "gates": [asdict(gates) for gates in self.gates]}
