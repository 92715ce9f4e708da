import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { resume, signIn, signOut, signUp } from "./session";
import { begin, end, isAdministrator, session } from "./token";

const USER = { id: 7, username: "doctor", email: null, admin: false };
const asked: { path: string; authorization: string | null }[] = [];
let answers: Record<string, () => Response>;

beforeEach(() => {
  end();
  asked.length = 0;
  answers = {
    "/auth/register": () => Response.json(USER, { status: 201 }),
    "/auth/login": () => Response.json({ access_token: "token" }),
    "/auth/me": () => Response.json(USER),
    "/auth/logout": () => Response.json({ message: "" }),
  };
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    asked.push({ path, authorization: new Headers(init.headers).get("Authorization") });
    return answers[path]?.() ?? Response.error();
  });
});

afterEach(() => vi.unstubAllGlobals());

test("signing in begins a session of the user, in this tab only", async () => {
  await signIn({ username: "doctor", password: "secret" });
  expect(session.value).toEqual({ token: "token", userId: 7, username: "doctor", isAdministrator: false });
  expect(sessionStorage).toHaveLength(1);
  expect(JSON.stringify({ ...localStorage })).not.toContain("token");
});

test("a wrong password begins none", async () => {
  answers["/auth/login"] = () => Response.json({ detail: "wrong" }, { status: 401 });
  await expect(signIn({ username: "doctor", password: "guess" })).rejects.toMatchObject({ status: 401 });
  expect(session.value).toBeNull();
});

test("signing up signs in", async () => {
  await signUp({ username: "doctor", password: "secret" });
  expect(asked.map(({ path }) => path)).toEqual(["/auth/register", "/auth/login", "/auth/me"]);
  expect(session.value?.userId).toBe(7);
});

test("a tab that is loaded again goes on with its session, under the name that the user has now", async () => {
  begin({ token: "old", userId: 7, username: "before", isAdministrator: false });
  await resume();
  expect(session.value).toEqual({ token: "old", userId: 7, username: "doctor", isAdministrator: false });
});

test("a tab goes on with its session while the server does not answer", async () => {
  begin({ token: "old", userId: 7, username: "before", isAdministrator: false });
  answers["/auth/me"] = () => Response.json({ detail: "" }, { status: 503 });
  await resume();
  expect(session.value?.username).toBe("before");
});

test("a tab without a session asks the API nothing", async () => {
  await resume();
  expect(asked).toEqual([]);
});

test("signing out ends the token at the API, and forgets it here first", async () => {
  begin({ token: "old", userId: 7, username: "doctor", isAdministrator: false });
  answers["/auth/logout"] = () => {
    expect(session.value).toBeNull();
    expect(sessionStorage).toHaveLength(0);
    return Response.json({ message: "" });
  };
  await signOut();
  expect(asked).toEqual([{ path: "/auth/logout", authorization: "Bearer old" }]);
});

test("signing out forgets the token even if the API can't be told", async () => {
  begin({ token: "old", userId: 7, username: "doctor", isAdministrator: false });
  answers["/auth/logout"] = () => Response.json({ detail: "" }, { status: 503 });
  await expect(signOut()).rejects.toMatchObject({ status: 503 });
  expect(session.value).toBeNull();
});

test("only a user of whom the API says so is an administrator", async () => {
  expect(isAdministrator.value).toBe(false);
  answers["/auth/me"] = () => Response.json({ ...USER, admin: true });
  await signIn({ username: "doctor", password: "secret" });
  expect(isAdministrator.value).toBe(true);
  answers["/auth/me"] = () => Response.json(USER);
  await resume();
  expect(isAdministrator.value).toBe(false);
});
