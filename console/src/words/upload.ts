import { number } from "./formats";
import { plural, words } from "./words";

const filesEn = (count: number) => plural("en", count, { one: "1 file", other: `${number(count)} files` });
const filesRu = (count: number) =>
  `${number(count)} ${plural("ru", count, { one: "файл", few: "файла", many: "файлов", other: "файла" })}`;

/** A new job. */
export const uploadWords = words({
  en: {
    title: "New job",
    jobTitle: "Title (optional)",
    jobTitleHint: "Without a title, the job is named after its file.",
    description: "Description (optional)",
    files: "Files",
    drop: "Drop a folder with DICOM files, a ZIP archive or a NIfTI image here, or choose it.",
    dropHint: "Several files or a folder are packed into one ZIP archive while they are sent.",
    dropNow: "Drop the files here.",
    chooseFolder: "Choose a folder",
    chooseFiles: "Choose files",
    looking: "Looking for files in the folder…",
    chosen: (count: number, size: string) => `${filesEn(count)}, ${size}`,
    ignored: (count: number) =>
      `${filesEn(count)} passed over: indexes and what an operating system leaves, such as DICOMDIR or Thumbs.db.`,
    examining: "Checking the files",
    send: "Upload",
    sendAgain: "Try again",
    cancel: "Cancel the upload",
    remove: "Remove the files",
    sending: "Sending the files",
    sentOf: (sent: string, total: string) => `${sent} of ${total}`,
    left: (time: string) => `${time} left`,
    storing: "Everything is sent. The server stores the file…",
    cancelled: "The upload was cancelled. The files are still chosen.",
    lost: "The connection broke off. The files are still chosen: try again, and no second job is created.",
    unreadable: (name: string) => `The file ${name} can't be read: it was changed, moved or removed. Choose the files again.`,
    unreadableFolder: (name: string) =>
      `The folder ${name} can't be read, and nothing of it was chosen. Check that it is still there and that you may open it, then drop it again.`,
    empty: "There are no files in it. Choose another folder.",
    noImages: "None of the files is a DICOM or NIfTI image. Choose the folder, or the archive, that holds the images.",
    onlyArchives: "Archives within a folder are not opened. Choose one ZIP archive by itself.",
    tooLarge: (size: string, allowed: string) =>
      `The upload has ${size}, and the server accepts at most ${allowed} for a job. Choose fewer or smaller files.`,
    quotaBytes: (left: string, size: string) => `Your account has ${left} left, and the files take ${size}. Delete jobs that you don't need.`,
    quotaFiles: (allowed: number) => `Your account can hold ${filesEn(allowed)}. Delete jobs that you don't need.`,
    quotaJobs: (allowed: number) =>
      `${plural("en", allowed, { one: "1 job of yours waits", other: `${number(allowed)} jobs of yours wait` })} for analysis, and no more may. Try again when one has ended.`,
    done: (title: string) => `The upload is complete: ${title}.`,
  },
  ru: {
    title: "Новое задание",
    jobTitle: "Название (необязательно)",
    jobTitleHint: "Без названия задание получит имя файла.",
    description: "Описание (необязательно)",
    files: "Файлы",
    drop: "Перетащите сюда папку с файлами DICOM, ZIP-архив или снимок NIfTI либо выберите их.",
    dropHint: "Несколько файлов или папка упаковываются в один ZIP-архив прямо во время отправки.",
    dropNow: "Отпустите файлы здесь.",
    chooseFolder: "Выбрать папку",
    chooseFiles: "Выбрать файлы",
    looking: "Поиск файлов в папке…",
    chosen: (count, size) => `${filesRu(count)}, ${size}`,
    ignored: (count) => `Пропущено: ${filesRu(count)} — указатели и служебные файлы, например DICOMDIR или Thumbs.db.`,
    examining: "Проверка файлов",
    send: "Загрузить",
    sendAgain: "Попробовать ещё раз",
    cancel: "Отменить загрузку",
    remove: "Убрать файлы",
    sending: "Отправка файлов",
    sentOf: (sent, total) => `${sent} из ${total}`,
    left: (time) => `осталось ${time}`,
    storing: "Всё отправлено. Сервер сохраняет файл…",
    cancelled: "Загрузка отменена. Файлы остались выбранными.",
    lost: "Соединение прервалось. Файлы остались выбранными: попробуйте ещё раз, второе задание не появится.",
    unreadable: (name) => `Файл ${name} не читается: он изменён, перемещён или удалён. Выберите файлы снова.`,
    unreadableFolder: (name) =>
      `Папка ${name} не читается, из неё ничего не выбрано. Проверьте, что она на месте и доступна вам, и перетащите её снова.`,
    empty: "Здесь нет файлов. Выберите другую папку.",
    noImages: "Среди файлов нет снимков DICOM или NIfTI. Выберите папку или архив со снимками.",
    onlyArchives: "Архивы внутри папки не открываются. Выберите один ZIP-архив отдельно.",
    tooLarge: (size, allowed) =>
      `Загрузка занимает ${size}, а сервер принимает не больше ${allowed} на одно задание. Выберите меньше файлов или файлы поменьше.`,
    quotaBytes: (left, size) => `В учётной записи осталось ${left}, а файлы занимают ${size}. Удалите ненужные задания.`,
    quotaFiles: (allowed) => `Учётная запись вмещает ${filesRu(allowed)}. Удалите ненужные задания.`,
    quotaJobs: (allowed) =>
      `Анализа уже ждёт наибольшее число ваших заданий (${number(allowed)}). Попробуйте снова, когда одно из них завершится.`,
    done: (title) => `Загрузка завершена: ${title}.`,
  },
});
