import type { ProblemBody } from "./models";

/** The `status` of a request that got no answer at all. */
export const UNREACHABLE = 0;

/** An answer that is no success, or none: what a screen needs to say why, and where. */
export class ApiError extends Error {
  constructor(
    /** The HTTP status, or `UNREACHABLE`. */
    readonly status: number,
    /** The API's sentence, in the language of the request. */
    readonly detail: string,
    /** The sentences that belong to one field of the request, by the field's name. */
    readonly fields: Readonly<Record<string, string>> = {},
    /** What the server's log knows the request by. */
    readonly requestId: string | null = null,
    /** Seconds after which the request may be sent again. */
    readonly retryAfter: number | null = null,
  ) {
    super(`${status} ${detail}`);
  }
}

/** Return the error that an answer stands for. Never rejects: an answer that is not JSON has no sentence. */
export async function errorOf(response: Response): Promise<ApiError> {
  const body = await bodyOf(response);
  return new ApiError(
    response.status,
    sentenceOf(body),
    fieldsOf(body),
    response.headers.get("X-Request-ID"),
    secondsOf(response.headers.get("Retry-After")),
  );
}

async function bodyOf(response: Response): Promise<ProblemBody> {
  const text = await response.text();
  try {
    return JSON.parse(text) as ProblemBody;
  } catch {
    return { detail: "" };
  }
}

function sentenceOf({ detail }: ProblemBody): string {
  return Array.isArray(detail) ? detail.map((field) => field.msg).join("; ") : (detail ?? "");
}

function fieldsOf({ detail }: ProblemBody): Record<string, string> {
  if (!Array.isArray(detail)) {
    return {};
  }
  return Object.fromEntries(detail.map((field) => [String(field.loc.at(-1) ?? ""), field.msg]));
}

function secondsOf(header: string | null): number | null {
  const seconds = Number(header);
  return header === null || !Number.isFinite(seconds) || seconds < 0 ? null : seconds;
}
