import { words } from "./words";

/** Why an analysis has no result, and what to do about it. */
interface FailureText {
  readonly reason: string;
  readonly advice: string;
}

const INPUT = { en: "Then start a new job.", ru: "Затем создайте новое задание." };
const LATER = {
  en: "It may pass: put the job back into the queue.",
  ru: "Это может пройти: верните задание в очередь.",
};

const failureWords = words({
  en: {
    ZIP_INVALID: text("The ZIP archive is damaged, incomplete or holds another archive.", `Pack the files again. ${INPUT.en}`),
    ZIP_LIMIT: text("The archive holds too many files or too much data.", `Upload fewer files. ${INPUT.en}`),
    ZIP_ENCRYPTED: text("The archive is protected by a password.", `Pack it without one. ${INPUT.en}`),
    NO_IMAGE: text(
      "The upload holds no images that can be analysed.",
      `Upload CT, MR or PET slices (DICOM) or NIfTI: single files, a folder or a ZIP. ${INPUT.en}`,
    ),
    UNSUPPORTED_SYNTAX: text(
      "The images or the archive use a compression that is not read.",
      `Export the images uncompressed or with another compression. ${INPUT.en}`,
    ),
    GEOMETRY_MISSING: text(
      "The images lack their position, orientation or scale, so nothing can be measured.",
      `Export the original images, not screenshots. ${INPUT.en}`,
    ),
    GEOMETRY_MIXED: text("The slices do not make one volume.", `Upload one series. ${INPUT.en}`),
    TOO_LARGE: text("The study is too large for this server.", `Upload a smaller one, such as one series. ${INPUT.en}`),
    NOT_APPLICABLE: text(
      "The analysis does not suit these images.",
      `It needs a CT of at least 8 slices with lungs, or a segmentation beside the images. ${INPUT.en}`,
    ),
    MODEL_ERROR: text("The model of this server failed.", "Ask the operator of the server."),
    TIMEOUT: text("The analysis exceeded its time limit.", LATER.en),
    OUT_OF_MEMORY: text("The analysis ran out of memory.", LATER.en),
    INTERNAL: text("The analysis was aborted by an internal error.", LATER.en),
    BY_HAND: text("Somebody set the status of this job by hand.", "To analyse it, put it back into the queue."),
  },
  ru: {
    ZIP_INVALID: text("ZIP-архив повреждён, неполон или содержит другой архив.", `Упакуйте файлы заново. ${INPUT.ru}`),
    ZIP_LIMIT: text("В архиве слишком много файлов или данных.", `Загрузите меньше файлов. ${INPUT.ru}`),
    ZIP_ENCRYPTED: text("Архив защищён паролем.", `Упакуйте его без пароля. ${INPUT.ru}`),
    NO_IMAGE: text(
      "В загрузке нет изображений, которые можно анализировать.",
      `Загрузите срезы КТ, МРТ или ПЭТ (DICOM) или NIfTI: файлы, папку или ZIP. ${INPUT.ru}`,
    ),
    UNSUPPORTED_SYNTAX: text(
      "Снимки или архив сжаты способом, который не читается.",
      `Экспортируйте снимки без сжатия или с другим сжатием. ${INPUT.ru}`,
    ),
    GEOMETRY_MISSING: text(
      "В снимках нет положения, ориентации или шкалы: измерить ничего нельзя.",
      `Экспортируйте исходные снимки, а не снимки экрана. ${INPUT.ru}`,
    ),
    GEOMETRY_MIXED: text("Срезы не складываются в один объём.", `Загрузите одну серию. ${INPUT.ru}`),
    TOO_LARGE: text("Исследование слишком большое для этого сервера.", `Загрузите меньшее, например одну серию. ${INPUT.ru}`),
    NOT_APPLICABLE: text(
      "Анализ не подходит для этих снимков.",
      `Нужна КТ лёгких не менее чем из 8 срезов или разметка рядом со снимками. ${INPUT.ru}`,
    ),
    MODEL_ERROR: text("Модель этого сервера не сработала.", "Обратитесь к администратору сервера."),
    TIMEOUT: text("Анализ не уложился в отведённое время.", LATER.ru),
    OUT_OF_MEMORY: text("Для анализа не хватило памяти.", LATER.ru),
    INTERNAL: text("Анализ прервался из-за внутренней ошибки.", LATER.ru),
    BY_HAND: text("Статус этого задания кто-то установил вручную.", "Чтобы провести анализ, верните задание в очередь."),
  },
});

/** Return why a job failed; a code of a newer analyzer has its own Russian sentence only. */
export function failureText(failure: { readonly code: string; readonly message: string } | null): FailureText {
  const known = failureWords as Readonly<Record<string, FailureText>>;
  return known[failure?.code ?? "BY_HAND"] ?? text(failure?.message ?? "", "");
}

function text(reason: string, advice: string): FailureText {
  return { reason, advice };
}
