import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { isExpired } from "../session/renewal";
import { begin, end, session } from "../session/token";
import { choose } from "../words/language";
import { ApiError, UNREACHABLE } from "./api-error";
import { waitingUntil } from "./rate-limit";
import { send } from "./send";

const requests: Request[] = [];

/** Answer requests with these, in order, and note what was asked. */
function answering(...answers: (Response | Error)[]): void {
  vi.stubGlobal("fetch", async (address: string, init: RequestInit) => {
    requests.push(new Request(new URL(address, "http://console.test"), init));
    const answer = answers.shift();
    if (answer === undefined || answer instanceof Error) {
      throw answer ?? new Error("one request too many");
    }
    return answer;
  });
}

function problem(status: number, detail: unknown, headers: Record<string, string> = {}): Response {
  return Response.json({ detail }, { status, headers });
}

async function failure(sent: Promise<unknown>): Promise<ApiError> {
  const reason = await sent.then(() => null, (error: unknown) => error);
  expect(reason).toBeInstanceOf(ApiError);
  return reason as ApiError;
}

beforeEach(() => {
  requests.length = 0;
  begin({ token: "first", userId: 1, username: "doctor", isAdministrator: false });
});

afterEach(() => {
  end();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("a request has the token in a header, and the language of the page", async () => {
  choose("ru");
  answering(Response.json([]));
  await send("/jobs");
  expect(requests[0]?.url).toBe("http://console.test/jobs");
  expect(requests[0]?.headers.get("Authorization")).toBe("Bearer first");
  expect(requests[0]?.headers.get("Accept-Language")).toBe("ru");
});

test("an error has the sentence, the request id and the sentences of its fields", async () => {
  const detail = [{ type: "string_too_short", loc: ["body", "password"], msg: "Too short" }];
  answering(problem(422, detail, { "X-Request-ID": "abc" }));
  const error = await failure(send("/auth/register"));
  expect(error).toMatchObject({ status: 422, fields: { password: "Too short" }, requestId: "abc" });
});

test("an answer that is not JSON is an error without a sentence", async () => {
  answering(new Response("<html>", { status: 502 }));
  expect(await failure(send("/jobs"))).toMatchObject({ status: 502, detail: "" });
});

test("a server that can't be reached is an error of its own", async () => {
  answering(new TypeError("Failed to fetch"));
  expect((await failure(send("/jobs"))).status).toBe(UNREACHABLE);
});

describe("a session that has expired", () => {
  test("is asked for again, and the request is sent again with the new token", async () => {
    answering(problem(401, "expired"), Response.json([]));
    const sent = send("/jobs");
    await vi.waitFor(() => expect(isExpired.value).toBe(true));
    begin({ token: "second", userId: 1, username: "doctor", isAdministrator: false });
    expect((await sent).ok).toBe(true);
    expect(isExpired.value).toBe(false);
    expect(requests[1]?.headers.get("Authorization")).toBe("Bearer second");
  });

  test("that ends instead fails its requests", async () => {
    answering(problem(401, "expired"));
    const sent = failure(send("/jobs"));
    await vi.waitFor(() => expect(isExpired.value).toBe(true));
    end();
    expect((await sent).status).toBe(401);
  });

  test("is not asked for where the password was wrong", async () => {
    answering(problem(401, "wrong"));
    expect((await failure(send("/auth/login", { anonymous: true }))).status).toBe(401);
    expect(requests[0]?.headers.has("Authorization")).toBe(false);
    expect(session.value?.token).toBe("first");
  });
});

describe("a rate limit", () => {
  test("is waited for as long as the server says, and says so meanwhile", async () => {
    vi.useFakeTimers();
    answering(problem(429, "limit", { "Retry-After": "7" }), Response.json([]));
    const begun = Date.now();
    const sent = send("/jobs");
    await vi.waitFor(() => expect(waitingUntil.value).not.toBeNull());
    const until = waitingUntil.value ?? 0;
    expect(until).toBeGreaterThanOrEqual(begun + 7000);
    await vi.advanceTimersByTimeAsync(until - Date.now() - 1);
    expect(requests).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect((await sent).ok).toBe(true);
    expect(waitingUntil.value).toBeNull();
  });

  test("is shown at once where the request refuses to wait", async () => {
    answering(problem(429, "64 s", { "Retry-After": "64" }));
    const error = await failure(send("/auth/login", { anonymous: true, refusesToWait: true }));
    expect(error).toMatchObject({ status: 429, retryAfter: 64 });
  });

  test("is not waited for any more once the request is aborted", async () => {
    answering(problem(429, "limit", { "Retry-After": "60" }));
    const left = new AbortController();
    const sent = send("/jobs", { signal: left.signal }).catch((reason: unknown) => reason);
    await vi.waitFor(() => expect(waitingUntil.value).not.toBeNull());
    left.abort("left");
    expect(await sent).toBe("left");
    expect(waitingUntil.value).toBeNull();
  });
});
