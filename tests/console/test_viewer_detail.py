"""A preview first, and the whole image when it is asked for; and how far a result agrees with a reference."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from testkit.images.dicom_files import write_zip
from testkit.images.nifti_files import write_nifti
from testkit.images.phantom import chest_phantom
from tests.console.person import Person
from tests.console.studies import DRAWN_MS, analysed
from tests.e2e.embedded_product import EmbeddedProduct

pytestmark = pytest.mark.thorough


@dataclass(frozen=True)
class Wide:
    """The job of a study that is wider than a preview, with a reference beside it."""

    person: Person
    job: str


@pytest.fixture(scope="module")
def wide(product: EmbeddedProduct, tmp_path_factory: pytest.TempPathFactory) -> Wide:
    folder = tmp_path_factory.mktemp("study")
    phantom = chest_phantom(1, shape=(20, 280, 280), spacing=(1.15, 1.15, 3.5), nodules=(14.0,), noise_hu=20, vessels=6)
    image = write_nifti(phantom.volume, folder / "ct.nii.gz")
    mask = write_nifti(phantom.volume, folder / "ct_mask.nii.gz", voxels=(phantom.labels > 0).astype("uint8"))
    study = write_zip(folder / "study.zip", {path.name: path.read_bytes() for path in (image, mask)})
    person = Person.registered(product.url)
    return Wide(person, analysed(person, study, "Wide"))


def test_the_whole_image_takes_the_place_of_the_preview_and_nothing_moves(page: Page, wide: Wide) -> None:
    wide.person.sign_in(page, f"#/jobs/{wide.job}")
    place = page.locator(".viewer-place output")
    expect(place).to_contain_text("finding 1", timeout=DRAWN_MS)
    expect(page.get_by_text("This is a preview of reduced size.")).to_be_visible()
    page.get_by_label("Window", exact=True).select_option("Bone")
    page.get_by_role("application").focus()
    page.keyboard.press("ArrowRight")
    before = where(place.inner_text())
    with page.expect_response(re.compile(r"/artifacts/image\.nii\.gz$")):
        page.get_by_role("button", name="Show the whole image").click()
    expect(page.get_by_role("button", name="Show the whole image")).to_be_hidden(timeout=60_000)
    expect(page.get_by_text("Loading the whole image")).to_be_hidden(timeout=60_000)
    after = where(place.inner_text())
    assert after.rest == before.rest
    assert after.lps == pytest.approx(before.lps, abs=0.11)
    expect(page.get_by_label("Window", exact=True)).to_have_value("bone")


@dataclass(frozen=True)
class Where:
    """What is said of the place of the crosshair, without the value there: the preview has a mean of several voxels."""

    lps: list[float]
    rest: list[str]


def where(said: str) -> Where:
    first, *rest = said.split(" · ")
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", first)]
    return Where(numbers, [part for part in rest if not part.endswith("HU")])


def test_voxels_are_those_of_the_image_while_the_preview_is_shown(page: Page, wide: Wide) -> None:
    wide.person.sign_in(page, f"#/jobs/{wide.job}")
    expect(page.locator(".viewer-place output")).to_contain_text("finding 1", timeout=DRAWN_MS)
    listed = re.search(r"voxel ([\d, ]+)", page.get_by_role("table", name="Findings").inner_text())
    shown = re.search(r"voxel ([\d, ]+)", page.locator(".viewer-place output").inner_text())
    assert listed
    assert shown
    assert listed.group(1).strip() == shown.group(1).strip()


def test_the_agreement_with_a_reference_is_told_by_name(page: Page, wide: Wide) -> None:
    wide.person.sign_in(page, f"#/jobs/{wide.job}")
    table = page.get_by_role("table", name="Agreement with the reference")
    expect(table.get_by_role("row", name="Dice coefficient")).to_contain_text("0.9")
    expect(table.get_by_role("row", name="Volume of the reference")).to_contain_text("mm³")
    expect(table.get_by_role("row", name="Lesions found (true positives)")).to_contain_text("1")
