import type { ApiError } from "../api/api-error";
import { sentenceOf } from "../words/problems";

const REVISION = /^\d{1,18}$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,6})?)?$/;
const TIME_WITH_ZONE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Return a point in time as the API takes it, or null for what is none. Nothing at all stands for now.
 *
 * A time without a zone is the reader's own, as every time on the screen is; the API would take it for UTC.
 */
export function asOf(text: string): string | null {
  const given = text.trim();
  if (given === "" || REVISION.test(given)) {
    return given;
  }
  if (TIME_WITH_ZONE.test(given)) {
    return Number.isNaN(Date.parse(given)) ? null : given;
  }
  if (DATE.test(given) || TIME.test(given)) {
    return inUtc(DATE.test(given) ? `${given}T00:00` : given.replace(" ", "T").replace(",", "."));
  }
  return null;
}

function inUtc(local: string): string | null {
  const time = new Date(local);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

/** The fields of a question for a story. */
type StoryErrors = Readonly<Partial<Record<"reference" | "asOf", string>>>;

/** Return the sentences by field: a 404 is of the time only if one was given, and then of either. */
export function storyErrors(problem: ApiError | null, hasAsOf: boolean): StoryErrors {
  if (problem?.status === 422) {
    return hasAsOf ? { asOf: sentenceOf(problem) } : { reference: sentenceOf(problem) };
  }
  return problem?.status === 404 ? { [hasAsOf ? "asOf" : "reference"]: sentenceOf(problem) } : {};
}
