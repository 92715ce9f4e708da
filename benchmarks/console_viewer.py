"""Benchmark of the console's viewer in headless Chromium: how soon the preview of an analysed study is drawn."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from playwright.sync_api import Browser

from benchmarks.console_browser import console, limit_row, median_of, missing, signed_in_page
from benchmarks.table import Row
from testkit.images.dicom_files import write_ct_zip
from testkit.images.phantom import Phantom, chest_phantom, small_chest
from tests.console.person import Person
from tests.console.studies import analysed

_TWO_FRAMES = "() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))"
"""The place of the crosshair is told when the scene is ready; it is drawn in the frame after."""


def rows() -> list[Row]:
    """Measure from the address of a job to its first finding in the viewer; the ratio is the limit divided by that."""
    if reason := missing():
        sys.stderr.write(f"console_viewer: {reason}\n")
        return []
    large = chest_phantom(7, shape=(300, 512, 512), spacing=(1.0, 0.7, 0.7), nodules=(6.0, 10.0, 16.0))
    with TemporaryDirectory() as folder, console(Path(folder) / "product") as (browser, url):
        person = Person.registered(url)
        return [
            _first_finding(browser, person, small_chest(), Path(folder) / "small.zip", 3),
            _first_finding(browser, person, large, Path(folder) / "large.zip", 6),
        ]


def _first_finding(browser: Browser, person: Person, phantom: Phantom, archive: Path, limit: float) -> Row:
    job = analysed(person, write_ct_zip(phantom.volume, archive), archive.stem)

    def seconds() -> float:
        started = perf_counter()
        with signed_in_page(browser, person, f"#/jobs/{job}") as page:
            page.locator(".viewer-place output", has_text="finding 1").wait_for()
            page.evaluate(_TWO_FRAMES)
            return perf_counter() - started

    shape = "x".join(str(size) for size in phantom.volume.voxels.shape)
    return limit_row(f"console: first view of a finding of {shape}", median_of(seconds), limit)
