"""The fixed sentences of a result."""

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

GENERAL = (
    "Research use only. Not a medical device; not for diagnosis. "
    "Только для исследований. Не медицинское изделие, не для постановки диагноза."
)
LUNG_NODULES = (
    "Finds rounded solid lung nodules of about 5-60 mm on CT; not ground glass, not masses fused with pleura or "
    "mediastinum, nothing outside the lungs. No finding does not mean no disease. Confidence is image evidence, not a "
    "probability of malignancy. "
    "Находит округлые солидные узлы в лёгких размером примерно 5-60 мм на КТ; не находит матовое стекло, образования, "
    "слившиеся с плеврой или средостением, и ничего вне лёгких. Отсутствие находок не означает отсутствия болезни. "
    "Уверенность описывает изображение, а не вероятность злокачественности."
)
SUPPLIED = (
    "The regions came with the images and were only measured; nothing was searched for. "
    "Области приложены к изображениям и только измерены; поиск не проводился."
)
OWN_MODEL = (
    "The regions were found by a model that the operator of this service supplied; what it finds and misses is stated "
    "by its maker. No finding does not mean no disease. Confidence is not a probability of malignancy. "
    "Области найдены моделью, которую подключил владелец сервиса; что она находит и пропускает, указывает её "
    "разработчик. Отсутствие находок не означает отсутствия болезни. Уверенность не является вероятностью "
    "злокачественности."
)
BY_STRATEGY = {"lung_blob": LUNG_NODULES, "measure_only": SUPPLIED}


def notice_for(strategy: str) -> str:
    """Say what the result is and is not worth, in English and Russian."""
    return f"{GENERAL} {BY_STRATEGY.get(strategy, OWN_MODEL)}"
