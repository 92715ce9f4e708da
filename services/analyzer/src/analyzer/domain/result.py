"""The result of an analysis: `results` of the HTTP contract, with the provenance of every number.

Rounding is part of the format, so that equal inputs give equal bytes: volumes in mm³, lengths and positions in mm,
voxel positions and HU keep 3 decimals; millilitres and shares (confidence, Dice) keep 6. Infinite and undefined numbers
are refused.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, NonNegativeInt

# Adding 0.0 turns the negative zero that rounding can leave into zero.
Fine = Annotated[float, AfterValidator(lambda value: round(value, 3) + 0.0)]
"""mm³, mm, voxels or HU, kept to 3 decimals."""

Share = Annotated[float, AfterValidator(lambda value: round(value, 6)), Field(ge=0, le=1)]
"""A number from 0 to 1, kept to 6 decimals."""

MAX_PICTURES = 50
"""Of one result: each has some 100 kB, and an upload of 100 kB can have hundreds of regions."""

LESION = "lesion"
STRUCTURE = "structure"
"""A supplied region that is not a lesion: an organ, a planning volume."""


class Model(BaseModel):
    """Base of the models: frozen, without unknown fields, without NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class VoxelIndex(Model):
    """Voxel index from 0: x column, y row, z slice."""

    x: int
    y: int
    z: int


class Position(Model):
    """A point, in voxels (column, row, slice) or in LPS mm, as the name of the field says."""

    x: Fine
    y: Fine
    z: Fine


class BoundingBox(Model):
    """Bounding box: first and last voxel, both inclusive."""

    min: VoxelIndex
    max: VoxelIndex


class SliceRange(Model):
    """First and last slice index from 0, both inclusive."""

    first: NonNegativeInt
    last: NonNegativeInt


class ConfidenceParts(Model):
    """Factors of a confidence; null where the strategy does not measure one."""

    score: Share | None
    stability: Share | None


class Hounsfield(Model):
    """CT numbers (HU) of the voxels of a finding; `sd` is the population standard deviation."""

    mean: Fine
    sd: Fine
    min: Fine
    max: Fine


class Finding(Model):
    """A region, detected or supplied.

    Attributes:
        id: `finding-1` …, also the tracking id of its segment in the DICOM SEG.
        type: "lesion", or "structure" for a supplied region that is not a lesion.
        source: "detected" by a strategy or "supplied" with the images.
        volume: mm³, the field of the contract; equal to `volume_mm3`.
        confidence: image evidence, not a probability of malignancy; null for a supplied region.
        location: the voxel that holds the centroid, the field of the contract.
        location_voxel: the centroid in fractional voxel indices.
        location_lps_mm: the centroid in patient coordinates.
        long_axis_mm: longest diameter in an axial slice (RECIST).
        short_axis_mm: longest diameter perpendicular to it in the same slice.
        axes_mm: full axes of the ellipsoid with the same second moments, longest first.
        hu: null when the image is not a CT.
        truncated: touches the border of the image, so the lesion may be larger.
        lossy: measured on pixels that went through lossy compression.
        gap: spans missing slices.
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
    """Totals over the lesions.

    Attributes:
        total_volume: mm³, the sum over the lesions.
        lesions_count: number of findings that are lesions.
        confidence: volume-weighted mean of the lesions' confidences; null when none has one.
    """

    total_volume: Fine
    lesions_count: NonNegativeInt
    confidence: Share | None


class Metric(Model):
    """A named number with a UCUM unit ("1": dimensionless). A metric that could not be measured is absent, never 0."""

    name: str
    value: Annotated[int | float, AfterValidator(lambda value: round(value, 6))]
    unit: str = "1"


class Row(Model):
    """Row of the result table of the web client.

    `study_uid` and `series_uid` are keyed hashes. The probability of a pathology is not estimated; that of an anomaly
    is the highest confidence of a lesion. The processing time is in seconds, as text.
    """

    study_uid: str
    series_uid: str
    pathology: bool
    probability_of_pathology: None = None
    probability_of_anomaly: Share | None
    most_dangerous_pathology_type: Literal["lesion"] | None
    time_of_processing: str


class ResultWarning(Model):
    """Warning about the quality or the limits of the result; `message` in Russian."""

    code: str
    message: str


class AnalysedSeries(Model):
    """The analysed series; `spacing_mm` between columns, rows and (median) slices."""

    series_uid: str
    modality: str
    columns: int
    rows: int
    slices: int
    spacing_mm: tuple[Fine, Fine, Fine]


class SkippedSeries(Model):
    """An image series that was not analysed, with the code of the reason."""

    series_uid: str
    reason: str


class SeriesReport(Model):
    """Image series of the upload; `series_uid` are keyed hashes."""

    analysed: AnalysedSeries
    not_analysed: Sequence[SkippedSeries]


class FilesReport(Model):
    """Number of files used, and of files ignored by the code of the reason."""

    used: NonNegativeInt
    ignored: dict[str, NonNegativeInt]


class Provenance(Model):
    """Provenance of the numbers.

    Attributes:
        analyzer_version: of this package.
        strategy: name of the segmentation strategy.
        parameters: its settings.
        model: name, version and sha256 of the model; null without one.
        input_sha256: of the uploaded bytes, hex.
        libraries: library -> version.
        tags_used: DICOM attributes that the reading used, with values that do not identify the patient.
        reused_from: `<job>/<attempt>` of the same owner that the result was first computed for; null when it is new.
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
    """Result of one analysis."""

    summary: Summary
    findings: Sequence[Finding]
    metrics: Sequence[Metric]
    rows: Sequence[Row]
    units: dict[str, str]
    warnings: Sequence[ResultWarning]
    series: SeriesReport
    files: FilesReport
    provenance: Provenance
    notice: str
