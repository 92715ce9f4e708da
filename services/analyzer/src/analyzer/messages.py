"""Every sentence for clients: reasons of failures, warnings of a result, and the notice about its limits.

Events and results hold the Russian text; the command line prints the English one.
"""

from chassis.commands.message import Message

# Failures of the process that runs an analysis
OUT_OF_MEMORY = Message("Для анализа не хватило памяти", "The analysis ran out of memory")
TIMEOUT = Message("Анализ не уложился в отведённое время", "The analysis exceeded its time limit")
INTERNAL = Message("Анализ прервался из-за внутренней ошибки", "The analysis was aborted by an internal error")
TOO_MANY_FINDINGS = Message(
    "Находок так много, что результат не помещается в событие.",
    "There are so many findings that the result does not fit into an event.",
)

# Failures of an archive
ZIP_DAMAGED = Message(
    "ZIP-архив повреждён или неполон. Упакуйте файлы заново.",
    "The ZIP archive is damaged or incomplete. Pack the files again.",
)
ZIP_TOO_MANY_FILES = Message("В архиве больше {limit} файлов.", "The archive holds more than {limit} files.")
ZIP_TOO_MANY_BYTES = Message(
    "Архив распаковывается в слишком большой объём данных.", "The archive inflates to too many bytes."
)
ZIP_ENCRYPTED = Message(
    "Архив защищён паролем. Загрузите архив без пароля.",
    "The archive is protected by a password. Upload it without one.",
)
ZIP_COMPRESSION = Message(
    "Архив сжат способом, который не поддерживается. Упакуйте файлы заново обычным сжатием (Deflate).",
    "The archive uses an unsupported compression method. Pack the files again with the usual one (Deflate).",
)
ZIP_DEFLATE64 = Message(
    "Архив сжат способом Deflate64, который не читается: так Проводник Windows сжимает большие папки. Упакуйте файлы "
    "заново способом Deflate или без сжатия, например в 7-Zip.",
    "The archive uses Deflate64, which is not read; Windows Explorer packs large folders with it. Pack the files again "
    "with Deflate or without compression, for example with 7-Zip.",
)
ZIP_NESTED = Message(
    "Внутри архива другой архив: загрузите файлы одним архивом.",
    "The archive holds another archive: upload the files as one archive.",
)
TOO_MANY_FILES = Message("В загрузке больше {limit} файлов.", "The upload holds more than {limit} files.")

# Failures of images
UNSUPPORTED_SYNTAX = Message(
    "Снимки сжаты способом, который не поддерживается. Экспортируйте их без сжатия.",
    "The images use an unsupported compression method. Export them without compression.",
)
GEOMETRY_MISSING = Message(
    "В снимках нет положения, ориентации, размера пикселя или шкалы значений, которым можно верить: измерить "
    "по ним ничего нельзя. Загрузите исходные снимки.",
    "The images state no usable position, orientation, pixel spacing or rescale slope: nothing can be measured on "
    "them. Upload the original images.",
)
GEOMETRY_MIXED = Message(
    "Срезы не образуют одного объёма: у них разные размеры, ориентация или время, или несколько объёмов ничем не "
    "отличаются друг от друга. Загрузите один объём.",
    "The slices do not form one volume: their sizes, orientations or times differ, or nothing tells several volumes "
    "apart. Upload one volume.",
)
NIFTI_SIZES_CONTRADICT = Message(
    "Размер вокселя в заголовке NIfTI указан по-разному (sform и pixdim), и неясно, какой верен. Исправьте заголовок "
    "или сохраните изображение заново.",
    "The NIfTI header states two voxel sizes (sform and pixdim), and nothing tells which is right. Correct the header "
    "or export the image again.",
)
NIFTI_COMPONENTS = Message(
    "Изображение NIfTI хранит в каждом вокселе вектор, матрицу или цвет, а не одно число. Загрузите изображение с "
    "одним числом в вокселе.",
    "The NIfTI image holds a vector, a matrix or a colour in each voxel, not one number. Upload an image with one "
    "number in each voxel.",
)
NIFTI_PAIRED = Message(
    "Изображение NIfTI состоит из двух файлов, .hdr и .img. Сохраните его одним файлом .nii или .nii.gz.",
    "The NIfTI image consists of two files, .hdr and .img. Save it as one file, .nii or .nii.gz.",
)
IMAGE_TOO_LARGE = Message("Изображение слишком большое для анализа.", "The image is too large to analyse.")
IMAGES_DAMAGED = Message(
    "Файлы изображений повреждены, неполны или записаны не в том синтаксисе передачи, который в них объявлен. "
    "Экспортируйте их заново.",
    "The image files are damaged, incomplete or not in the transfer syntax that they state. Export them again.",
)
NO_IMAGE = Message(
    "В загрузке нет изображений, которые можно анализировать (срезы КТ, МРТ, ПЭТ или NIfTI).",
    "The upload holds no images that can be analysed (CT, MR or PET slices, or NIfTI).",
)
OTHER_ARCHIVE = Message(
    "Загружен архив, который не читается: tar, gz, 7z, RAR или подобный. Распакуйте его и загрузите файлы архивом ZIP.",
    "The upload is an archive that is not read, such as tar, gz, 7z or RAR. Unpack it and upload its files as a ZIP.",
)
PIXELS_UNDECODABLE = Message(
    "Пиксели снимка повреждены, сжаты способом, который не поддерживается, или записаны не в том синтаксисе передачи, "
    "который объявлен. Экспортируйте снимки без сжатия.",
    "The pixels of an image are damaged, use an unsupported compression method, or are not in the transfer syntax that "
    "is stated. Export the images without compression.",
)
HEADERS_TOO_LARGE = Message(
    "Служебные данные снимков занимают слишком много памяти.", "The headers of the images take too much memory."
)
HEADERS_TOO_MANY = Message("Служебных данных в файлах слишком много.", "The headers of the files hold too much data.")
PACKED_TOO_OFTEN = Message(
    "Сжатые данные состоят из слишком большого числа частей.", "The compressed data consist of too many parts."
)

# Reasons why a strategy does not apply
TOO_FEW_SLICES = Message(
    "Для поиска находок в серии должно быть не менее 8 срезов", "Detection needs a series of at least 8 slices"
)
SINGLE_SLICE = Message(
    "В серии один срез: объём измерить нельзя", "The series has a single slice: no volume can be measured"
)
NO_REFERENCE = Message(
    "К изображениям не приложена разметка, которую можно измерить",
    "The images come with no segmentation that can be measured",
)
NOT_CT = Message(
    "Поиск очагов в лёгких работает только с компьютерной томографией (КТ).",
    "The detection of lung nodules needs computed tomography (CT).",
)
TOO_FEW_SLICES_OF_LUNG = Message(
    "В серии слишком мало срезов: для поиска очагов в лёгких нужно не меньше восьми.",
    "The series has too few slices: the detection of lung nodules needs at least eight.",
)
NO_LUNGS = Message(
    "На изображении не найдены лёгкие, искать очаги негде.",
    "No lungs were found in the image, so there is nowhere to look for nodules.",
)

# Models
NO_RUNTIME = Message(
    "Для собственной модели нужно установить onnxruntime и onnx: california-gold-analyzer[model]",
    "A custom model needs onnxruntime and onnx: install california-gold-analyzer[model]",
)
MANIFEST_UNREADABLE = Message("Описание модели не удалось прочитать", "The model manifest could not be read")
MANIFEST_INVALID = Message("Описание модели некорректно: {fields}", "The model manifest is invalid: {fields}")
MANIFEST_NOT_JSON = Message("Описание модели некорректно: это не JSON", "The model manifest is invalid: it is not JSON")
MODEL_UNREADABLE = Message("Файл модели не удалось прочитать", "The model file could not be read")
MODEL_CHECKSUM = Message(
    "Контрольная сумма модели не совпадает с описанием", "The checksum of the model differs from the manifest"
)
MODEL_NOT_ONNX = Message("Файл модели не является моделью ONNX", "The model file is not an ONNX model")
MODEL_EXTERNAL_DATA = Message(
    "Модель хранит веса во внешних файлах, а должна быть одним файлом",
    "The model keeps weights in external files, but must be one file",
)
MODEL_OPERATORS = Message("Модель использует нестандартные операторы", "The model uses custom operators")
MODEL_OPSET = Message(
    "Набор операторов модели {version} не поддерживается: нужен от {first} до {last}",
    "Operator set {version} of the model is not supported: it must be from {first} to {last}",
)
MODEL_INPUTS = Message(
    "У модели должен быть один вход, названный в описании, и один выход",
    "The model must have one input, named in the manifest, and one output",
)
MODEL_INPUT_TYPE = Message("Вход модели должен быть типа float32", "The input of the model must be float32")
MODEL_RUN_FAILED = Message("Модель не смогла обработать изображение", "The model could not process the image")
MODEL_LOAD_FAILED = Message("Модель не удалось загрузить", "The model could not be loaded")
MODEL_OUTPUT_SHAPE = Message(
    "Размер выхода модели не соответствует описанию", "The output shape of the model differs from the manifest"
)
MODEL_CHANNELS = Message(
    "В описании названо больше каналов, чем даёт модель", "The manifest names more channels than the model returns"
)
MODEL_NOT_FINITE = Message(
    "Модель вернула значения, которые не являются числами", "The model returned values that are not finite numbers"
)
MODEL_TOO_MANY_REGIONS = Message(
    "Модель отметила слишком много областей: {count}", "The model marked too many regions: {count}"
)
MODEL_MODALITY = Message("Модель обучена на снимках {modality}", "The model was trained on {modality} images")
MODEL_BODY_PART = Message(
    "Модель обучена на снимках области {body_part}", "The model was trained on images of the body part {body_part}"
)

WARNINGS = {
    "DUPLICATE_SLICES": Message(
        "Повторяющиеся срезы на одном месте: из каждых взят один.",
        "Several slices have the same position: one of each is used.",
    ),
    "DAMAGED_FILES": Message("Часть файлов повреждена и не учтена.", "Some files are damaged and were ignored."),
    "LOSSY_COMPRESSION": Message(
        "Снимки были сжаты с потерями: измерения менее точны.",
        "The images went through lossy compression: measurements are less accurate.",
    ),
    "BURNED_IN_ANNOTATION": Message(
        "На снимках может быть текст, поэтому картинки и изображение для просмотра не создаются.",
        "The images may show burned-in text, so neither pictures nor an image for viewers are made.",
    ),
    "SINGLE_SLICE": Message(
        "В серии один срез: объём измерить нельзя.", "The series has a single slice: no volume can be measured."
    ),
    "UNEVEN_SLICES": Message(
        "Расстояния между срезами разные: каждый срез учтён со своей толщиной.",
        "The slice spacing is uneven: each slice counts with its own thickness.",
    ),
    "SLICES_MISSING": Message(
        "Между срезами есть пропуски: измерения рядом с ними менее точны.",
        "Slices are missing: measurements beside the gaps are less accurate.",
    ),
    "SEVERAL_VOLUMES": Message(
        "В серии несколько объёмов (моменты времени, фазы, проходы): проанализирован один, остальные перечислены.",
        "The series holds several volumes (time points, phases, passes): one was analysed, the others are listed.",
    ),
    "SLICES_LEFT_OUT": Message(
        "Больше одного из десяти срезов серии не вошло в объём: причины указаны, результат может быть неполным.",
        "More than one in ten slices of the series are not part of the volume: the reasons are listed, the result may "
        "be incomplete.",
    ),
    "NIFTI_SIZES_DIFFER": Message(
        "В заголовке NIfTI sform указывает другой размер вокселя, чем pixdim и qform: измерено по pixdim и qform.",
        "In the NIfTI header, the sform states another voxel size than pixdim and qform: those two were used.",
    ),
    "NIFTI_PLACES_DIFFER": Message(
        "В заголовке NIfTI sform и qform помещают изображение в разные места: координаты даны по sform.",
        "In the NIfTI header, sform and qform put the image in different places: the coordinates follow the sform.",
    ),
    "REFERENCE_UNREADABLE": Message(
        "Приложенная разметка повреждена или неполна и не учтена",
        "A supplied segmentation is damaged or incomplete and was ignored",
    ),
    "REFERENCE_UNSUPPORTED": Message(
        "Приложенная разметка записана в неподдерживаемом виде и не учтена",
        "A supplied segmentation has an unsupported encoding and was ignored",
    ),
    "REFERENCE_OTHER_IMAGE": Message(
        "Приложенная разметка относится к другому изображению и не учтена",
        "A supplied segmentation belongs to another image and was ignored",
    ),
    "REFERENCE_OUTSIDE": Message(
        "Приложенная разметка пуста или не пересекается с изображением и не учтена",
        "A supplied segmentation is empty or outside of the image and was ignored",
    ),
    "REFERENCE_NOT_BINARY": Message(
        "Приложенная маска NIfTI не двоичная (больше двух значений) и не учтена",
        "A supplied NIfTI mask is not binary (more than two values) and was ignored",
    ),
    "REFERENCE_SEVERAL_VOLUMES": Message(
        "В приложенной маске NIfTI несколько объёмов, а в изображении другое их число: неясно, какой из них относится "
        "к изображению, и маска не учтена",
        "A supplied NIfTI mask holds several volumes, and the image another number of them: nothing tells which "
        "belongs to the image, so the mask was ignored",
    ),
    "REFERENCE_NOT_PARALLEL": Message(
        "Контуры приложенной разметки не лежат в плоскостях срезов, и она не учтена",
        "The contours of a supplied segmentation do not lie in the planes of the slices, so it was ignored",
    ),
    "LESIONS_OVERLAP": Message(
        "Области очагов пересекаются: в общем объёме их общая часть учтена более одного раза",
        "Lesions overlap: the total volume counts their intersection more than once",
    ),
    "MASK_OVERLAP": Message(
        "Находки перекрываются: в маске общий воксель отдан меньшей из них",
        "Findings overlap: in the mask a shared voxel belongs to the smaller one",
    ),
    "SEG_NOT_WRITTEN": Message(
        "DICOM SEG и отчёт DICOM SR не созданы: в заголовках снимков нет необходимых для них данных",
        "No DICOM SEG and no DICOM SR were written: the headers of the images lack required attributes",
    ),
    "PICTURES_OMITTED": Message(
        "Находок больше 50: картинки созданы только для первых 50",
        "There are more than 50 findings: only the first 50 have pictures",
    ),
}
"""Code of a warning -> its sentence."""

NOTICE = Message(
    "Только для исследований. Не медицинское изделие, не для постановки диагноза.",
    "Research use only. Not a medical device; not for diagnosis.",
)
NOTICE_OF_LUNG_NODULES = Message(
    "Находит округлые узлы в лёгких размером примерно 4-60 мм на КТ: солидные, свободные и прилежащие к плевре, а "
    "также полые; у частично солидных измеряет солидную часть; матовое стекло находит лишь отчасти и только от 6 мм; "
    "из солидных узлов 4-6 мм, добавленных в реальные снимки, нашёл 58 из 80. Не находит образования, лежащие большей "
    "частью в грудной стенке или средостении, и ничего вне лёгких. На пяти реальных снимках, по которым настроен, "
    "нашёл 8 из 8 узлов, признанных врачами или алгоритмами, при одной ложной находке на снимок; на других снимках "
    "находит меньше. Отсутствие находок не означает отсутствия болезни. Уверенность описывает изображение, а не "
    "вероятность злокачественности.",
    "Finds rounded lung nodules of about 4-60 mm on CT: solid ones, free or on the pleura, and hollow ones; of "
    "part-solid ones it measures the solid part; it finds ground glass in part only, from 6 mm; of solid ones of 4-6 "
    "mm made into real scans it found 58 of 80. Not masses that lie mostly in the chest wall or mediastinum, nothing "
    "outside the lungs. On the five real scans that it was tuned on, it found 8 of 8 nodules that readers or "
    "algorithms agreed on, with one false finding a scan; on other scans it finds fewer. No finding does not mean no "
    "disease. Confidence is image evidence, not a probability of malignancy.",
)
NOTICE_OF_SUPPLIED_REGIONS = Message(
    "Области приложены к изображениям и только измерены; поиск не проводился.",
    "The regions came with the images and were only measured; nothing was searched for.",
)
NOTICE_OF_CUSTOM_MODEL = Message(
    "Области найдены моделью, которую подключил владелец сервиса; что она находит и пропускает, указывает её "
    "разработчик. Отсутствие находок не означает отсутствия болезни. Уверенность не является вероятностью "
    "злокачественности.",
    "The regions were found by a model that the operator of this service supplied; what it finds and misses is stated "
    "by its maker. No finding does not mean no disease. Confidence is not a probability of malignancy.",
)
