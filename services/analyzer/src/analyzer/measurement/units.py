"""Units of the fields of a result."""

UNITS = {
    "volume": "mm3",
    "volume_mm3": "mm3",
    "volume_ml": "ml",
    "total_volume": "mm3",
    "location": "voxel index from 0: x column, y row, z slice",
    "location_voxel": "voxels from 0: x column, y row, z slice",
    "location_lps_mm": "mm, DICOM patient coordinates: x left, y posterior, z superior",
    "bounding_box_voxel": "voxel index from 0, both ends inside",
    "slices": "slice index from 0, both ends inside",
    "long_axis_mm": "mm",
    "short_axis_mm": "mm",
    "axes_mm": "mm",
    "spacing_mm": "mm: between columns, rows, slices (median)",
    "hu": "HU",
    "confidence": "0 to 1",
    "time_of_processing": "s",
}
