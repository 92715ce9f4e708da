"""What an analysis says: the `results` of the HTTP contract, and everything needed to trace its numbers.

Rounding is part of the form, so that equal input gives equal bytes: volumes in mm³, lengths and positions in mm, voxel
positions and HU keep 3 decimals; millilitres and shares (confidence, Dice) keep 6. Infinite and undefined
numbers are refused.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, NonNegativeInt

# Adding 0.0 turns the negative zero that rounding can leave into zero.
Fine = Annotated[float, AfterValidator(lambda value: round(value, 3) + 0.0)]
"""mm³, mm, voxels or HU, kept to 3 decimals."""

Share = Annotated[float, AfterValidator(lambda value: round(value, 6)), Field(ge=0, le=1)]
"""A number from 0 to 1, kept to 6 decimals."""

LESION = "lesion"
STRUCTURE = "structure"
"""A supplied region that is not a lesion: an organ, a planning volume."""


class Model(BaseModel):
    """Frozen, strict about names, free of NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class VoxelIndex(Model):
    """A voxel, counted from 0: x column, y row, z slice."""

    x: int
    y: int
    z: int


class Position(Model):
    """A point; the field that holds it says whether in voxels (column, row, slice) or LPS mm."""

    x: Fine
    y: Fine
    z: Fine


class BoundingBox(Model):
    """First and last voxel, both inside."""

    min: VoxelIndex
    max: VoxelIndex


class SliceRange(Model):
    """First and last slice index, both inside, counted from 0."""

    first: NonNegativeInt
    last: NonNegativeInt


class ConfidenceParts(Model):
    """What a confidence is the product of; null where the strategy does not measure it."""

    score: Share | None
    stability: Share | None


class Hounsfield(Model):
    """The CT numbers inside a finding, each voxel counted once; `sd` of the population. HU."""

    mean: Fine
    sd: Fine
    min: Fine
    max: Fine


class Finding(Model):
    """One region, found or supplied.

    Attributes:
        id: `finding-1` …, also the tracking id of its segment in the DICOM SEG.
        type: "lesion", or "structure" for a supplied region that is none.
        source: "detected" by a strategy or "supplied" with the images.
        volume: mm³, the contract's field; the same as `volume_mm3`.
        confidence: image evidence, not a probability of malignancy; null for what was supplied.
        location: the voxel that holds the centre, the contract's field.
        location_voxel: the centre in voxels, with fractions.
        location_lps_mm: the centre in patient coordinates.
        long_axis_mm: longest diameter in any one slice.
        short_axis_mm: longest extent perpendicular to it, in the same slice.
        axes_mm: full axes of the ellipsoid with the same second moments, longest first.
        hu: null when the image is not a CT.
        truncated: touches the edge of the image, so it may be larger.
        lossy: measured on pixels that went through lossy compression.
        gap: crosses a place where slices are missing.
    """

    id: str
    type: Literal["lesion", "structure"]
    source: Literal["detected", "supplied"]
    volume: Fine
    volume_mm3: Fine
    volume_ml: Annotated[float, AfterValidator(lambda value: round(value, 6))]
    confidence: Share | None
    confidence_parts: ConfidenceParts
    location: VoxelIndex
    location_voxel: Position
    location_lps_mm: Position
    bounding_box_voxel: BoundingBox
    slices: SliceRange
    long_axis_mm: Fine
    short_axis_mm: Fine
    axes_mm: tuple[Fine, Fine, Fine]
    hu: Hounsfield | None
    truncated: bool
    lossy: bool
    gap: bool


class Summary(Model):
    """The lesions taken together.

    Attributes:
        total_volume: mm³, the sum over lesions.
        lesions_count: how many findings are lesions.
        confidence: volume-weighted mean of the lesions' confidences; null when none has one.
    """

    total_volume: Fine
    lesions_count: NonNegativeInt
    confidence: Share | None


class Metric(Model):
    """A named number, `unit` in UCUM ("1" for plain numbers). One that could not be measured is absent, never 0."""

    name: str
    value: Annotated[int | float, AfterValidator(lambda value: round(value, 6))]
    unit: str = "1"


class Row(Model):
    """One line of the existing web page's table.

    `study_uid` and `series_uid` are keyed hashes, the probability of a pathology is not
    estimated, that of an anomaly is the highest confidence of a lesion, the time is seconds as text.
    """

    study_uid: str
    series_uid: str
    pathology: bool
    probability_of_pathology: None = None
    probability_of_anomaly: Share | None
    most_dangerous_pathology_type: Literal["lesion"] | None
    time_of_processing: str


class Warned(Model):
    """Something a reader should know; `message` in Russian."""

    code: str
    message: str


class AnalysedSeries(Model):
    """The image that was looked at; `spacing_mm` between columns, rows and (median) slices."""

    series_uid: str
    modality: str
    columns: int
    rows: int
    slices: int
    spacing_mm: tuple[Fine, Fine, Fine]


class SkippedSeries(Model):
    """An image series that was not looked at, and the code of the reason."""

    series_uid: str
    reason: str


class SeriesReport(Model):
    """Which image series were there; `series_uid` are keyed hashes."""

    analysed: AnalysedSeries
    not_analysed: Sequence[SkippedSeries]


class FilesReport(Model):
    """How many files were read, and how many were not, by the code of the reason."""

    used: NonNegativeInt
    ignored: dict[str, NonNegativeInt]


class Provenance(Model):
    """How the numbers came about.

    Attributes:
        analyzer_version: of this package.
        strategy: name of the segmentation strategy.
        parameters: its settings.
        model: name, version and sha256 of the model; null without one.
        input_sha256: of the uploaded bytes, hex.
        libraries: name to version.
        tags_used: DICOM keywords that the reading relied on, with values that identify nobody.
        reused_from: `<job>/<attempt>` of the same owner that this result was first found for; null when it is new.
    """

    analyzer_version: str
    strategy: str
    parameters: dict[str, JsonValue]
    model: dict[str, JsonValue] | None
    input_sha256: str
    libraries: dict[str, str]
    tags_used: dict[str, JsonValue]
    reused_from: str | None = None


class Result(Model):
    """The whole answer of one analysis."""

    summary: Summary
    findings: Sequence[Finding]
    metrics: Sequence[Metric]
    rows: Sequence[Row]
    units: dict[str, str]
    warnings: Sequence[Warned]
    series: SeriesReport
    files: FilesReport
    provenance: Provenance
    notice: str
