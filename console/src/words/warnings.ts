import { words } from "./words";

const warningWords = words({
  en: {
    DUPLICATE_SLICES: "Several slices have the same position: one of each is used.",
    DAMAGED_FILES: "Some files are damaged and were ignored.",
    LOSSY_COMPRESSION: "The images went through lossy compression: measurements are less accurate.",
    BURNED_IN_ANNOTATION: "The images may show burned-in text, so neither pictures nor an image for viewers are made.",
    SINGLE_SLICE: "The series has a single slice: no volume can be measured.",
    UNEVEN_SLICES: "The slice spacing is uneven: each slice counts with its own thickness.",
    SLICES_MISSING: "Slices are missing: measurements beside the gaps are less accurate.",
    SEVERAL_VOLUMES: "The series holds several volumes (time points, phases, passes): one was analysed, the others are listed.",
    SLICES_LEFT_OUT: "More than one in ten slices of the series are not part of the volume: the reasons are listed, the result may be incomplete.",
    NIFTI_SIZES_DIFFER: "In the NIfTI header, the sform states another voxel size than pixdim and qform: those two were used.",
    NIFTI_PLACES_DIFFER: "In the NIfTI header, sform and qform put the image in different places: the coordinates follow the sform.",
    REFERENCE_UNREADABLE: "A supplied segmentation is damaged or incomplete and was ignored.",
    REFERENCE_UNSUPPORTED: "A supplied segmentation has an unsupported encoding and was ignored.",
    REFERENCE_OTHER_IMAGE: "A supplied segmentation belongs to another image and was ignored.",
    REFERENCE_OUTSIDE: "A supplied segmentation is empty or outside of the image and was ignored.",
    REFERENCE_NOT_BINARY: "A supplied NIfTI mask is not binary (more than two values) and was ignored.",
    REFERENCE_SEVERAL_VOLUMES: "A supplied NIfTI mask has another number of volumes than the image and was ignored.",
    REFERENCE_NOT_PARALLEL: "The contours of a supplied segmentation do not lie in the planes of the slices, so it was ignored.",
    LESIONS_OVERLAP: "Lesions overlap: the total volume counts their intersection more than once.",
    MASK_OVERLAP: "Findings overlap: in the mask a shared voxel belongs to the smaller one.",
    SEG_NOT_WRITTEN: "No DICOM SEG and no DICOM SR were written: the headers of the images lack required attributes.",
    PICTURES_OMITTED: "There are more than 50 findings: only the first 50 have pictures.",
  },
  ru: {
    DUPLICATE_SLICES: "Повторяющиеся срезы на одном месте: из каждых взят один.",
    DAMAGED_FILES: "Часть файлов повреждена и не учтена.",
    LOSSY_COMPRESSION: "Снимки были сжаты с потерями: измерения менее точны.",
    BURNED_IN_ANNOTATION: "На снимках может быть текст, поэтому картинки и изображение для просмотра не создаются.",
    SINGLE_SLICE: "В серии один срез: объём измерить нельзя.",
    UNEVEN_SLICES: "Расстояния между срезами разные: каждый срез учтён со своей толщиной.",
    SLICES_MISSING: "Между срезами есть пропуски: измерения рядом с ними менее точны.",
    SEVERAL_VOLUMES: "В серии несколько объёмов (моменты времени, фазы, проходы): проанализирован один, остальные перечислены.",
    SLICES_LEFT_OUT: "Больше одного из десяти срезов серии не вошло в объём: причины указаны, результат может быть неполным.",
    NIFTI_SIZES_DIFFER: "В заголовке NIfTI sform указывает другой размер вокселя, чем pixdim и qform: измерено по pixdim и qform.",
    NIFTI_PLACES_DIFFER: "В заголовке NIfTI sform и qform помещают изображение в разные места: координаты даны по sform.",
    REFERENCE_UNREADABLE: "Приложенная разметка повреждена или неполна и не учтена.",
    REFERENCE_UNSUPPORTED: "Приложенная разметка записана в неподдерживаемом виде и не учтена.",
    REFERENCE_OTHER_IMAGE: "Приложенная разметка относится к другому изображению и не учтена.",
    REFERENCE_OUTSIDE: "Приложенная разметка пуста или не пересекается с изображением и не учтена.",
    REFERENCE_NOT_BINARY: "Приложенная маска NIfTI не двоичная (больше двух значений) и не учтена.",
    REFERENCE_SEVERAL_VOLUMES: "В приложенной маске NIfTI не столько томов, сколько в изображении, она не учтена.",
    REFERENCE_NOT_PARALLEL: "Контуры приложенной разметки не лежат в плоскостях срезов, и она не учтена.",
    LESIONS_OVERLAP: "Области очагов пересекаются: в общем объёме их общая часть учтена более одного раза.",
    MASK_OVERLAP: "Находки перекрываются: в маске общий воксель отдан меньшей из них.",
    SEG_NOT_WRITTEN: "DICOM SEG и отчёт DICOM SR не созданы: в заголовках снимков нет необходимых для них данных.",
    PICTURES_OMITTED: "Находок больше 50: картинки созданы только для первых 50.",
  },
});

/** Return the sentence of a warning by its code; a newer analyzer's, which is not known here, speaks for itself in Russian. */
export function warningText({ code, message }: { readonly code: string; readonly message: string }): string {
  return (warningWords as Readonly<Record<string, string>>)[code] ?? message;
}
