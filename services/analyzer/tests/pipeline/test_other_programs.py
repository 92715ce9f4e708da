"""The outputs in programs of others: dciodvfy, dcmqi, SimpleITK (ITK, as 3D Slicer reads files) and highdicom."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import highdicom as hd
import numpy as np
import pytest
import SimpleITK

from analyzer.domain.result import Result
from testkit.images.dicom_files import write_series
from testkit.images.phantom import chest_phantom, small_chest
from tests.servers.dicom3tools import Dicom3tools
from tests.servers.shared import required

Analysed = tuple[Result, Path]
Analyse = Callable[..., Analysed]


@pytest.fixture(scope="module")
def tilted(analyse: Analyse, tmp_path_factory: pytest.TempPathFactory) -> Analysed:
    """A chest with one nodule, scanned with a tilted gantry."""
    phantom = chest_phantom(
        5, shape=(64, 100, 120), spacing=(2.6, 2.6, 2.5), nodules=[16.0], gantry_tilt_degrees=15.0, vessels=0
    )
    return analyse(write_series(phantom.volume, tmp_path_factory.mktemp("tilted") / "series.zip"))


@pytest.fixture(scope="module")
def multi_frame(analyse: Analyse, tmp_path_factory: pytest.TempPathFactory) -> Analysed:
    """A chest with one nodule, as one multi-frame file."""
    volume = small_chest(seed=5, nodules=[16.0]).volume
    return analyse(write_series(volume, tmp_path_factory.mktemp("frames") / "frames.zip", multi_frame=True))


@pytest.fixture(params=["with_seg", "tilted", "multi_frame"])
def analysed(request: pytest.FixtureRequest) -> Analysed:
    """An analysis of each kind of DICOM image."""
    return request.getfixturevalue(request.param)


def run(program: str, *arguments: str | Path) -> None:
    """Run a program of the development environment; fail with what it printed."""
    ran = subprocess.run([Path(sys.executable).with_name(program), *arguments], capture_output=True, check=False)
    assert ran.returncode == 0, (ran.stdout + ran.stderr).decode()


def read(path: Path) -> SimpleITK.Image:
    return SimpleITK.ReadImage(str(path))


def centre(mask: SimpleITK.Image, label: int) -> np.ndarray:
    """Centre of a label by the geometry that ITK reads, LPS mm."""
    shapes = SimpleITK.LabelShapeStatisticsImageFilter()
    shapes.Execute(SimpleITK.Cast(mask, SimpleITK.sitkUInt16))
    return np.array(shapes.GetCentroid(label))


@pytest.mark.parametrize("name", ["segmentation.dcm", "report.dcm"])
def test_dicom_outputs_are_valid(analysed: Analysed, name: str) -> None:
    required(Dicom3tools)
    assert Dicom3tools.complaints(analysed[1] / name) == []


def test_dcmqi_reads_the_report(analysed: Analysed, tmp_path: Path) -> None:
    result, folder = analysed
    run("tid1500reader", "--inputDICOM", folder / "report.dcm", "--outputMetadata", tmp_path / "report.json")
    groups = json.loads((tmp_path / "report.json").read_text())["Measurements"]
    assert [group["TrackingIdentifier"] for group in groups] == [finding.id for finding in result.findings]
    for group, finding in zip(groups, result.findings, strict=True):
        values = [float(item["value"]) for item in group["measurementItems"]]
        assert finding.hu is not None
        assert values[:4] == [finding.volume_mm3, finding.long_axis_mm, finding.short_axis_mm, finding.hu.mean]


def test_dcmqi_reads_the_segmentation_where_the_findings_are(analysed: Analysed, tmp_path: Path) -> None:
    result, folder = analysed
    run("segimage2itkimage", "--inputDICOM", folder / "segmentation.dcm", "--outputDirectory", tmp_path)
    segments = [read(path) for path in sorted(tmp_path.glob("*.nrrd"))]
    labels = [(image, int(label)) for image in segments for label in np.unique(SimpleITK.GetArrayFromImage(image))[1:]]
    found = [centre(image, label) for image, label in labels]
    for finding, position in zip(result.findings, found, strict=True):
        assert position == pytest.approx(tuple(finding.location_lps_mm.model_dump().values()), abs=3)


def test_itk_reads_the_mask_where_the_findings_are(analysed: Analysed) -> None:
    result, folder = analysed
    mask = read(folder / "mask.nii.gz")
    for number, finding in enumerate(result.findings, 1):
        pixel = max(result.series.analysed.spacing_mm)
        assert centre(mask, number) == pytest.approx(
            tuple(finding.location_lps_mm.model_dump().values()), abs=pixel / 2
        )


def test_itk_reads_the_image_on_the_grid_of_the_mask(analysed: Analysed) -> None:
    mask, image = (read(analysed[1] / name) for name in ("mask.nii.gz", "image.nii.gz"))
    assert image.GetSize() == mask.GetSize()
    for geometry in ("GetSpacing", "GetOrigin", "GetDirection"):
        assert getattr(image, geometry)() == pytest.approx(getattr(mask, geometry)())


def test_the_image_is_bright_where_the_mask_says_that_a_nodule_is(analysed: Analysed) -> None:
    result, folder = analysed
    mask, image = (SimpleITK.GetArrayFromImage(read(folder / name)) for name in ("mask.nii.gz", "image.nii.gz"))
    for number, finding in enumerate(result.findings, 1):
        assert finding.hu is not None
        assert image[mask == number].mean() == pytest.approx(finding.hu.mean, abs=0.01)


def test_highdicom_reads_both_and_the_report_refers_to_the_segmentation(analysed: Analysed) -> None:
    folder = analysed[1]
    segmentation, report = hd.seg.segread(folder / "segmentation.dcm"), hd.sr.srread(folder / "report.dcm")
    assert isinstance(report.content, hd.sr.MeasurementReport)
    for number, group in enumerate(report.content.get_volumetric_roi_measurement_groups(), 1):
        assert group.referenced_segment is not None
        assert group.referenced_segment.referenced_sop_instance_uid == segmentation.SOPInstanceUID
        assert group.tracking_uid == segmentation.get_segment_description(number).tracking_uid
