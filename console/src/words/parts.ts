import { words } from "./words";

/** What the shared parts say by themselves. */
export const partsWords = words({
  en: {
    cancel: "Cancel",
    close: "Close",
    loading: "Loading…",
    previous: "Previous",
    next: "Next",
    paging: "Pages",
    range: (first: string, last: string) => `${first}–${last}`,
    rangeOf: (first: string, last: string, total: string) => `${first}–${last} of ${total}`,
  },
  ru: {
    cancel: "Отмена",
    close: "Закрыть",
    loading: "Загрузка…",
    previous: "Назад",
    next: "Вперёд",
    paging: "Страницы",
    range: (first, last) => `${first}–${last}`,
    rangeOf: (first, last, total) => `${first}–${last} из ${total}`,
  },
});
