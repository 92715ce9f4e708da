import { type ApiError, UNREACHABLE } from "../api/api-error";
import { words } from "./words";

/** What went wrong between the page and the API. */
export const problemWords = words({
  en: {
    unreachable: "The server can't be reached. Check the connection and try again.",
    failed: "The server could not answer. Try again in a moment.",
    unknown: (status: number) => `The server refused the request (${status}).`,
    requestId: "Request id:",
    tryAgain: "Try again",
    required: "Fill in this field.",
    lengthBetween: (min: number, max: number) => `Between ${min} and ${max} characters.`,
  },
  ru: {
    unreachable: "Сервер недоступен. Проверьте соединение и попробуйте ещё раз.",
    failed: "Сервер не смог ответить. Попробуйте ещё раз чуть позже.",
    unknown: (status) => `Сервер отклонил запрос (${status}).`,
    requestId: "Номер запроса:",
    tryAgain: "Попробовать ещё раз",
    required: "Заполните это поле.",
    lengthBetween: (min, max) => `От ${min} до ${max} символов.`,
  },
});

/** Return the sentence that tells the reader of an error: the API's own, where it has one that helps. */
export function sentenceOf(error: ApiError): string {
  if (error.status === UNREACHABLE) {
    return problemWords.unreachable;
  }
  if (error.status >= 500) {
    return error.detail || problemWords.failed;
  }
  return error.detail || problemWords.unknown(error.status);
}
