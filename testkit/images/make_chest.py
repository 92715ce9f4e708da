"""Write a ZIP of DICOM for a trial of the product: `python -m testkit.images.make_chest FILE`."""

import sys
from pathlib import Path

from testkit.images.dicom_files import write_ct_zip
from testkit.images.phantom import small_chest


def main(path: Path) -> None:
    """Write the phantom of a chest CT with one nodule, and print its position."""
    phantom = small_chest()
    write_ct_zip(phantom.volume, path)
    nodule = phantom.nodules[0]
    position = ", ".join(f"{coordinate:.1f}" for coordinate in nodule.centre_mm)
    sys.stdout.write(f"{path}: a nodule of {nodule.volume_mm3:.0f} mm³ at ({position}) mm, left-posterior-superior\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
