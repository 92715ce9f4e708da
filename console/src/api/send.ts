import { renewed } from "../session/renewal";
import { session } from "../session/token";
import { language } from "../words/language";
import { ApiError, errorOf, UNREACHABLE } from "./api-error";
import { waitOut } from "./rate-limit";

const MAX_WAITS = 5;
const MAX_WAIT_SECONDS = 90;

/** A request below the typed client: for bytes, forms, and addresses that the API has answered. */
export interface RequestOptions {
  method?: string;
  body?: BodyInit;
  headers?: Readonly<Record<string, string>>;
  /** Send no token, and take a 401 for what it says: a wrong password. */
  anonymous?: boolean;
  /** Show a 429 to the caller instead of waiting. */
  refusesToWait?: boolean;
  signal?: AbortSignal;
}

/** Send a request to the API as `answered` does, and return its answer. */
export function send(path: string, options: RequestOptions = {}): Promise<Response> {
  return answered((token) => fetched(path, options, token), options);
}

/**
 * Make a request, and return its answer if it is a success.
 *
 * A 429 waits as long as the server asks; a 401 waits until the user has signed in again. Both make the request again.
 * Every other failure rejects with an `ApiError`, and an aborted request with the reason of its signal.
 */
export async function answered(
  request: (token: string | null) => Promise<Response>,
  options: Pick<RequestOptions, "anonymous" | "refusesToWait" | "signal">,
): Promise<Response> {
  for (let waits = 0; ; waits += 1) {
    const token = options.anonymous ? null : (session.value?.token ?? null);
    const response = await request(token);
    if (response.ok) {
      return response;
    }
    const error = await errorOf(response);
    if (!(await mayTryAgain(error, token, options, waits))) {
      throw error;
    }
  }
}

/** The headers of every request: who asks, and in which language to answer. An upload by XMLHttpRequest needs them too. */
export function headersOf(token: string | null): Record<string, string> {
  const common = { "Accept-Language": language.value };
  return token === null ? common : { ...common, Authorization: `Bearer ${token}` };
}

async function fetched(path: string, options: RequestOptions, token: string | null): Promise<Response> {
  const { method = "GET", body, headers = {}, signal } = options;
  try {
    const init: RequestInit = { method, headers: { ...headersOf(token), ...headers }, credentials: "omit" };
    return await fetch(path, { ...init, ...(body !== undefined && { body }), ...(signal && { signal }) });
  } catch (reason) {
    signal?.throwIfAborted();
    throw reason instanceof TypeError ? new ApiError(UNREACHABLE, "") : reason;
  }
}

async function mayTryAgain(
  error: ApiError,
  token: string | null,
  options: RequestOptions,
  waits: number,
): Promise<boolean> {
  if (error.status === 401 && token !== null) {
    return renewed(token, options.signal);
  }
  if (error.status !== 429 || options.refusesToWait || waits >= MAX_WAITS) {
    return false;
  }
  const seconds = error.retryAfter ?? 1;
  if (seconds > MAX_WAIT_SECONDS) {
    return false;
  }
  await waitOut(seconds, options.signal);
  return true;
}
