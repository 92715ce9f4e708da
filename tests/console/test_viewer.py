"""The image of a job: what is drawn, where the crosshair is, and how list and image keep in step."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from testkit.eventually import eventually_blocking
from testkit.images.dicom_files import write_ct_zip
from testkit.images.phantom import Phantom, small_chest
from tests.console.drawn_image import DrawnImage, pixels_of
from tests.console.person import Person
from tests.console.picture import keep_picture
from tests.console.studies import DRAWN_MS, analysed, results
from tests.e2e.embedded_product import EmbeddedProduct

RADIUS = 30
"""Of the square of pixels that is compared: the nodule and some lung around it."""
MAX_DIFFERENCE = 12.0
"""Mean difference in grey values: what interpolation and rounding make of noise of 20 HU is below 6."""


@dataclass(frozen=True)
class Chest:
    """The job of a phantom whose nodules were found."""

    person: Person
    job: str
    phantom: Phantom


@pytest.fixture(scope="module")
def chest(product: EmbeddedProduct, tmp_path_factory: pytest.TempPathFactory) -> Chest:
    phantom = small_chest(nodules=(12.0, 9.0, 15.0))
    person = Person.registered(product.url)
    study = write_ct_zip(phantom.volume, tmp_path_factory.mktemp("study") / "chest.zip")
    return Chest(person, analysed(person, study, "Chest"), phantom)


@pytest.fixture
def canvas(page: Page, chest: Chest) -> Locator:
    """The viewer of the chest, with the crosshair on its first finding."""
    chest.person.sign_in(page, f"#/jobs/{chest.job}")
    expect(place(page)).to_contain_text("finding 1", timeout=DRAWN_MS)
    return page.get_by_role("application", name="Image with findings")


def place(page: Page) -> Locator:
    return page.locator(".viewer-place output")


def row(page: Page, number: int) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("button", name=f"Lesion {number}"))


def lps_of(page: Page) -> list[float]:
    said = re.search(r"LPS (\S+); (\S+); (\S+) mm", place(page).inner_text())
    assert said
    return [float(number) for number in said.groups()]


def drawn_when(canvas: Locator, is_so: Callable[[DrawnImage], bool]) -> None:
    """Wait until the image is drawn so."""
    eventually_blocking(lambda: is_so(DrawnImage.of(canvas)), within=20)


def test_each_nodule_of_the_phantom_is_seen_where_it_is(page: Page, canvas: Locator, chest: Chest) -> None:
    page.get_by_role("button", name="Axial").click()
    page.get_by_role("button", name="Mask", exact=True).click()
    for nodule in chest.phantom.nodules:
        number = 1 + min(range(3), key=lambda k: distance(chest, k, nodule.centre_mm))
        row(page, number).get_by_role("button").click()
        expect(place(page)).to_contain_text(f"finding {number}")
        assert np.linalg.norm(np.subtract(lps_of(page), nodule.centre_mm)) < 1.5
        voxel = voxel_of(chest, nodule.centre_mm)
        drawn_when(
            canvas,
            lambda image, voxel=voxel: (
                image.differs_from(image.expected_around(chest.phantom.volume, voxel, RADIUS)) < MAX_DIFFERENCE
            ),
        )


def distance(chest: Chest, finding: int, centre: tuple[float, float, float]) -> float:
    said = results(chest.person, chest.job)["findings"][finding]["location_lps_mm"]
    return float(np.linalg.norm(np.subtract([said["x"], said["y"], said["z"]], centre)))


def voxel_of(chest: Chest, lps: tuple[float, float, float]) -> tuple[float, float, float]:
    """Return column, row and slice: the axes of the phantom are those of LPS, its spacing is 2 mm."""
    column, line, plane = (np.subtract(lps, chest.phantom.volume.origins[0]) / 2.0).tolist()
    return column, line, plane


def test_the_mask_is_drawn_in_the_colour_of_the_finding_and_can_be_taken_away(page: Page, canvas: Locator) -> None:
    page.get_by_role("button", name="Axial").click()
    swatch = row(page, 1).locator(".swatch").evaluate("element => getComputedStyle(element).backgroundColor")
    assert swatch == "rgb(255, 64, 64)"
    drawn_when(canvas, lambda image: image.at_crosshair()[0] - image.at_crosshair()[1:].max() > 40)
    canvas.focus()
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Mask", exact=True)).to_have_attribute("aria-pressed", "false")
    drawn_when(canvas, lambda image: float(np.ptp(image.at_crosshair())) < 10)


def test_the_row_of_the_finding_at_the_crosshair_is_marked(page: Page, canvas: Locator) -> None:
    expect(row(page, 1)).to_have_attribute("aria-current", "true")
    row(page, 3).get_by_role("button").click()
    expect(row(page, 3)).to_have_attribute("aria-current", "true")
    expect(row(page, 1)).not_to_have_attribute("aria-current", "true")
    canvas.focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    expect(row(page, 3)).not_to_have_attribute("aria-current", "true")
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
    expect(row(page, 3)).to_have_attribute("aria-current", "true")


def test_keys_move_the_crosshair_in_the_plane_and_from_slice_to_slice(page: Page, canvas: Locator) -> None:
    before = lps_of(page)
    canvas.focus()
    for plane, key, axis, direction in (
        ("1", "ArrowRight", 0, 1),
        ("1", "ArrowUp", 1, -1),
        ("1", "PageUp", 2, 1),
        ("2", "ArrowUp", 2, 1),
        ("3", "ArrowRight", 1, 1),
    ):
        page.keyboard.press(plane)
        page.keyboard.press(key)
        expect(place(page)).not_to_contain_text(f"LPS {'; '.join(f'{value:g}' for value in before)} mm")
        after = lps_of(page)
        assert np.sign(after[axis] - before[axis]) == direction
        before = after
    expect(page.get_by_role("button", name="Sagittal")).to_have_attribute("aria-pressed", "true")


def test_keys_are_the_pages_own_outside_of_the_image(page: Page, canvas: Locator) -> None:
    expect(canvas).to_be_visible()
    before = lps_of(page)
    page.get_by_role("button", name="Axial").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("PageDown")
    assert lps_of(page) == before


def test_a_drag_measures_in_millimetres(page: Page, canvas: Locator, chest: Chest) -> None:
    page.get_by_role("button", name="Axial").click()
    page.get_by_label("Drag to").select_option("Measure")
    drag(page, canvas, "left", 120, 0)
    expect(place(page)).to_contain_text("measured")
    said = re.search(r"measured (\S+) mm", place(page).inner_text())
    assert said
    assert float(said.group(1)) == pytest.approx(120 / pixels_per_mm(canvas, chest), abs=1.5)
    page.get_by_role("button", name="Clear the measurements").click()
    expect(place(page)).not_to_contain_text("measured")


def drag(page: Page, canvas: Locator, button: Literal["left", "right"], right: int, down: int) -> None:
    """Drag from the middle of the image by so many pixels."""
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down(button=button)
    page.mouse.move(x + right, y + down, steps=8)
    page.mouse.up(button=button)


def pixels_per_mm(canvas: Locator, chest: Chest) -> float:
    box = canvas.bounding_box()
    assert box
    return min(box["height"], box["width"]) / (chest.phantom.volume.voxels.shape[1] * 2.0)


def test_a_window_is_chosen_by_name_or_by_drag(page: Page, canvas: Locator) -> None:
    page.get_by_role("button", name="Axial").click()
    window = page.get_by_label("Window", exact=True)
    expect(page.get_by_text("Level -600, width 1,500")).to_be_visible()
    window.select_option("Bone")
    expect(page.get_by_text("Level 500, width 2,000")).to_be_visible()
    drag(page, canvas, "right", 40, 30)
    expect(window).to_have_value("own")
    expect(page.get_by_text("Level 500, width 2,000")).to_be_hidden()


def test_a_picture_is_saved_with_a_scale_bar(page: Page, canvas: Locator, chest: Chest) -> None:
    page.get_by_role("button", name="Axial").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save a picture").click()
    path: Path = download.value.path()
    picture, box = pixels_of(path.read_bytes()), canvas.bounding_box()
    assert box
    assert picture.shape[:2] == (round(box["height"]), round(box["width"]))
    assert longest_white_line(picture) == pytest.approx(200 * pixels_per_mm(canvas, chest), abs=2)


def longest_white_line(picture: np.ndarray) -> int:
    """Return the number of columns of the bar: the last rows of the picture have nothing else that is white."""
    white = picture[-20:].min(axis=-1) > 250
    return int(white.sum(axis=1).max())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_image_lies_on_black_in_light_and_in_dark(
    page: Page, canvas: Locator, scheme: Literal["light", "dark"]
) -> None:
    page.set_viewport_size({"width": 1280, "height": 1400})
    page.emulate_media(color_scheme=scheme)
    expect(canvas).to_be_visible()
    eventually_blocking(lambda: pixels_of(canvas.screenshot())[10:14, -14:-10].max() == 0)
    page.evaluate("scrollTo(0, 0)")
    keep_picture(page, f"job-{scheme}")


def test_on_a_phone_a_tap_on_a_finding_takes_the_crosshair_to_it(page: Page, canvas: Locator) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="Lesion 2").click()
    expect(place(page)).to_contain_text("finding 2")
    box = canvas.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    canvas.scroll_into_view_if_needed()
    keep_picture(page, "job-phone")


def test_a_browser_that_cannot_draw_shows_pictures_and_says_why(page: Page, chest: Chest) -> None:
    page.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (name, ...rest) {"
        " return name === 'webgl2' ? null : get.call(this, name, ...rest); };"
    )
    chest.person.sign_in(page, f"#/jobs/{chest.job}")
    expect(page.get_by_text("WebGL 2 is missing")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile(r"Picture of finding \d"))).to_have_count(3)
    picture = page.get_by_role("img", name="Picture of finding 2")
    eventually_blocking(lambda: picture.evaluate("element => element.naturalWidth") >= 512)
