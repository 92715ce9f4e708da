import type { ApiError } from "../api/api-error";
import { sentenceOf } from "../words/problems";

/** Refused for the present password (403), or after too many wrong ones (429). */
const OF_THE_PRESENT_ONE = [403, 429];

/** Return the sentences by field when a new password was refused. */
export function passwordErrors(problem: ApiError | null): Readonly<Record<string, string>> {
  if (problem !== null && OF_THE_PRESENT_ONE.includes(problem.status)) {
    return { current_password: sentenceOf(problem) };
  }
  return problem?.fields ?? {};
}
