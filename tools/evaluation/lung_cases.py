"""Images in which lungs have to be found, and images in which nothing may be taken for lungs."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from analyzer.domain.volume import Volume
from testkit.images.phantom import chest_phantom
from testkit.images.phantom_solids import BOX, ENDLESS, Solid, empty_volume, painted

SHAPE, SPACING = (50, 170, 170), (2.0, 2.0, 3.0)
NOISE_HU = 25.0
TISSUE, BONE, FAT, FOAM, BLANKET, GAS, STOOL, SINUS, SHELL = (
    40.0,
    700.0,
    -90.0,
    -906.0,
    -930.0,
    -1000.0,
    -150.0,
    -990,
    0.0,
)

MATTRESS = Solid((0, 145, 0), (165, 22, ENDLESS), FOAM, BOX)
COVER = Solid((0, 145, 0), (167, 24, ENDLESS), -250.0, BOX)


@dataclass(frozen=True)
class LungCase:
    """An image, and whether it shows lungs."""

    name: str
    volume: Volume = field(repr=False)
    has_lungs: bool


def lung_cases() -> Iterator[LungCase]:
    """Yield images without lungs, then chests whose lungs are hard to find."""
    for name, solids in without_lungs().items():
        yield LungCase(
            name, painted(empty_volume(SHAPE, SPACING), solids, noise_hu=NOISE_HU, seed=len(name)), has_lungs=False
        )
    for name, volume in difficult_chests():
        yield LungCase(name, volume, has_lungs=True)


def without_lungs() -> dict[str, list[Solid]]:
    """Return what is painted in images without lungs, by name."""
    return _limbs() | _heads_and_abdomens() | _objects()


def _limbs() -> dict[str, list[Solid]]:
    leg = [Solid((-60, 20, 0), (45, 45, ENDLESS), TISSUE), Solid((-60, 20, 0), (14, 14, ENDLESS), BONE)]
    other = [Solid((60, 20, 0), (45, 45, ENDLESS), TISSUE), Solid((60, 20, 0), (14, 14, ENDLESS), BONE)]
    return {
        "a leg on a foam mattress": [MATTRESS, *leg],
        "a leg on a mattress with a cover": [COVER, MATTRESS, *leg],
        "two legs with a pad between and a blanket": [
            COVER,
            MATTRESS,
            Solid((0, 20, 0), (150, 75, ENDLESS), BLANKET),
            Solid((0, 20, 0), (60, 30, ENDLESS), FOAM, BOX),
            *leg,
            *other,
        ],
        "an arm in a vacuum cushion": [
            Solid((0, 40, 0), (140, 70, ENDLESS), FOAM, BOX),
            Solid((0, 10, 0), (42, 36, ENDLESS), TISSUE),
            Solid((0, 10, 0), (11, 11, ENDLESS), BONE),
        ],
        "a leg in a padded cast": [
            Solid((0, 0, 0), (72, 72, ENDLESS), 400.0),
            Solid((0, 0, 0), (66, 66, ENDLESS), -900.0),
            Solid((0, 0, 0), (54, 54, ENDLESS), TISSUE),
            Solid((0, 0, 0), (15, 15, ENDLESS), BONE),
        ],
    }


def _heads_and_abdomens() -> dict[str, list[Solid]]:
    trunk = [Solid((0, 0, 0), (140, 95, ENDLESS), FAT), Solid((0, 0, 0), (125, 80, ENDLESS), TISSUE)]
    head = [Solid((0, 0, 0), (75, 95, 120), BONE), Solid((0, 0, 0), (68, 88, 113), TISSUE)]
    return {
        "a head in a foam holder": [
            Solid((0, 60, 0), (120, 75, ENDLESS), FOAM, BOX),
            *head,
            Solid((0, -60, -30), (14, 14, 12), SINUS),
            Solid((-30, -45, -60), (16, 16, 18), SINUS),
            Solid((30, -45, -60), (16, 16, 18), SINUS),
            Solid((-55, 20, -60), (12, 16, 18), -700.0),
            Solid((55, 20, -60), (12, 16, 18), -700.0),
        ],
        "an abdomen with gas and stool": [
            COVER,
            MATTRESS,
            *trunk,
            Solid((0, -50, 10), (95, 20, 18), GAS),
            Solid((85, -10, 0), (20, 25, 60), STOOL),
            Solid((-85, -10, 0), (24, 25, 60), -600.0),
            Solid((-85, -25, 0), (18, 10, 55), GAS),
        ],
        "an abdomen between arms, with pads and blanket": [
            MATTRESS,
            Solid((0, 0, 0), (160, 115, ENDLESS), BLANKET),
            *[
                Solid((x * 0.82, y * 0.82, 0), (a * 0.82, b * 0.82, c), hu)
                for x, y, a, b, c, hu in [
                    (0, 0, 140, 95, ENDLESS, TISSUE),
                    (-178, 10, 26, 30, ENDLESS, TISSUE),
                    (178, 10, 26, 30, ENDLESS, TISSUE),
                ]
            ],
        ],
    }


def _objects() -> dict[str, list[Solid]]:
    """Return phantoms for calibration, and what lies on a table without a patient."""
    water = Solid((0, 0, 0), (110, 110, ENDLESS), 0.0)
    return {
        "a cylinder of water with inserts": [
            water,
            Solid((60, 0, 0), (16, 16, ENDLESS), -800.0),
            Solid((-60, 0, 0), (16, 16, ENDLESS), -850.0),
            Solid((0, 60, 0), (16, 16, ENDLESS), -500.0),
            Solid((0, -60, 0), (16, 16, ENDLESS), 900.0),
        ],
        "a cylinder filled with foam": [water, Solid((0, 0, 0), (95, 95, 70), -860.0)],
        "an empty cylinder": [water, Solid((0, 0, 0), (100, 100, ENDLESS), GAS)],
        "a pile of foam": [Solid((0, 30, 0), (150, 90, ENDLESS), FOAM, BOX)],
    }


def difficult_chests() -> Iterator[tuple[str, Volume]]:
    """Yield chests whose lungs meet room air, are truncated, or lie among foam, blankets and arms."""
    chest = chest_phantom(31, shape=SHAPE, spacing=SPACING, noise_hu=NOISE_HU, vessels=10).volume
    # From the trachea's way out through the skin, in front of the heart, to both lungs.
    open_trachea = [
        Solid((0, -80, 40), (9, 60, 30), GAS),
        Solid((0, -45, 40), (70, 9, 9), GAS),
    ]
    yield "a trachea open to the outside", painted(chest, open_trachea)
    yield (
        "skin thinner than a voxel",
        painted(chest, [Solid((sign * 108, 0, 0), (46, 30, 40), -850.0) for sign in (-1, 1)]),
    )
    surroundings = [
        Solid((0, 142, 0), (165, 24, ENDLESS), SHELL, BOX),
        Solid((0, 142, 0), (162, 21, ENDLESS), FOAM, BOX),
        Solid((0, -140, 0), (150, 22, ENDLESS), BLANKET, BOX),
        Solid((-150, -120, 0), (22, 30, ENDLESS), TISSUE),
        Solid((150, -120, 0), (22, 30, ENDLESS), TISSUE),
    ]
    yield "foam, blanket, table and arms", painted(chest, surroundings)
    lung = Solid((82, 0, 0), (70, 88, ENDLESS), TISSUE)
    yield "one lung", painted(chest, [lung], noise_hu=5)
    for name, rows, columns in (
        ("truncated on the left", slice(None), slice(0, 130)),
        ("truncated on the right", slice(None), slice(45, None)),
        ("truncated in front and behind", slice(55, 115), slice(None)),
        ("one lung alone, truncated on all sides", slice(55, 115), slice(30, 72)),
    ):
        yield name, cropped(chest, rows, columns)
    yield "a circular field of view smaller than the body", circular(chest, 105.0)


def cropped(volume: Volume, rows: slice, columns: slice) -> Volume:
    """Return a part of the rows and columns of a volume with axes along LPS."""
    shift = [(columns.start or 0) * volume.pixel_spacing[0], (rows.start or 0) * volume.pixel_spacing[1], 0]
    return replace(volume, voxels=volume.voxels[:, rows, columns], origins=volume.origins + np.array(shift))


def circular(volume: Volume, radius_mm: float) -> Volume:
    """Return a volume with padding of -2048 outside of a circle, as scanners write it."""
    _, rows, columns = volume.voxels.shape
    y, x = np.ogrid[:rows, :columns]
    outside = (
        np.hypot((y - rows / 2) * volume.pixel_spacing[1], (x - columns / 2) * volume.pixel_spacing[0]) > radius_mm
    )
    voxels = volume.voxels.copy()
    voxels[:, outside] = -2048
    return replace(volume, voxels=voxels)
