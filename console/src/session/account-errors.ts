import type { ApiError } from "../api/api-error";

/** Return the sentences by field. The API says of a name or an address that is taken only that it is, not where. */
export function accountErrors(problem: ApiError | null, hasEmail: boolean): Readonly<Record<string, string>> {
  if (problem?.status === 400) {
    return { [hasEmail && /e-?mail/i.test(problem.detail) ? "email" : "username"]: problem.detail };
  }
  return problem?.fields ?? {};
}
