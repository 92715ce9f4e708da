"""Phantoms of the evaluation, with seeds that were not used for tuning."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from testkit.images.phantom import Nodule, Phantom, chest_phantom

SLICES_MM = (1.0, 1.5, 2.5, 3.0, 5.0)
NOISES_HU = (20.0, 60.0, 100.0, 150.0)
DIAMETERS_MM = (4.5, 5.5, 6.5, 7.5, 9.0, 11.0, 14.0, 18.0, 23.0)
JITTER_MM = 0.5
CONTRASTS_HU = (600.0, 750.0, 880.0)
MAX_ELONGATION, MAX_LOBULATION = 1.4, 0.12
LENGTH_MM, PIXELS, PIXEL_MM = 130.0, 360, 0.85
SEEDS = (9001, 9002)
EMPTY_SEED = 9901


@dataclass(frozen=True)
class Case:
    """Parameters of a phantom."""

    slice_mm: float
    noise_hu: float
    seed: int
    empty: bool = False

    def build(self) -> Phantom:
        """Render the phantom."""
        return chest_phantom(
            self.seed,
            shape=(round(LENGTH_MM / self.slice_mm), PIXELS, PIXELS),
            spacing=(PIXEL_MM, PIXEL_MM, self.slice_mm),
            nodules=() if self.empty else nodules(self.seed),
            noise_hu=self.noise_hu,
        )


def cases() -> Iterator[Case]:
    """Every slice thickness with every noise level, two seeds each, and chests without nodules."""
    for i, slice_mm in enumerate(SLICES_MM):
        for j, noise_hu in enumerate(NOISES_HU):
            step = 10 * (len(NOISES_HU) * i + j)
            for seed in SEEDS:
                yield Case(slice_mm, noise_hu, seed + step)
        yield Case(slice_mm, NOISES_HU[i % len(NOISES_HU)], EMPTY_SEED + i, empty=True)


def nodules(seed: int) -> list[Nodule]:
    """Return nodules of various sizes, contrasts and shapes."""
    rng = np.random.default_rng([seed, 1])
    return [
        Nodule(
            diameter_mm=diameter + float(rng.uniform(-JITTER_MM, JITTER_MM)),
            contrast_hu=float(rng.choice(CONTRASTS_HU)),
            elongation=float(rng.uniform(1, MAX_ELONGATION)),
            lobulation=float(rng.uniform(0, MAX_LOBULATION)),
        )
        for diameter in DIAMETERS_MM
    ]
