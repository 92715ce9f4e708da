import { afterEach, expect, test, vi } from "vitest";
import { addressOf, api } from "./client";

afterEach(() => vi.unstubAllGlobals());

test("a value of a path is percent-encoded, whatever it holds", () => {
  expect(addressOf("/users/username/{username}", { username: "a/b ?#" })).toBe("/users/username/a%2Fb%20%3F%23");
});

test("a query has what was given, and nothing else", () => {
  const query = { limit: 20, skip: 0, status: undefined, search: "", title: null };
  expect(addressOf("/jobs", {}, query)).toBe("/jobs?limit=20&skip=0");
});

test("a parameter with several values is repeated", () => {
  expect(addressOf("/jobs", {}, { status: ["failed", "queued"] })).toBe("/jobs?status=failed&status=queued");
  expect(addressOf("/jobs", {}, { status: [] })).toBe("/jobs");
});

test("an operation sends its body as JSON, and answers the JSON of the API", async () => {
  let sent: Request | undefined;
  vi.stubGlobal("fetch", async (address: string, init: RequestInit) => {
    sent = new Request(new URL(address, "http://console.test"), init);
    return Response.json({ access_token: "token" });
  });
  const answer = await api.post("/auth/login", { json: { username: "doctor", password: "secret" } });
  expect(answer.access_token).toBe("token");
  expect(sent?.method).toBe("POST");
  expect(sent?.headers.get("Content-Type")).toBe("application/json");
  expect(await sent?.json()).toEqual({ username: "doctor", password: "secret" });
});
