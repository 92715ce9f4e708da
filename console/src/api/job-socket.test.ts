import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { isExpired } from "../session/renewal";
import { begin, end } from "../session/token";
import type { JobUpdate } from "./job-connection";
import { JobSocket } from "./job-socket";

const JOB = "550e8400-e29b-41d4-a716-446655440000";

/** A WebSocket without a network: the test says what the server does. */
class Connection extends EventTarget {
  readonly CONNECTING = 0;
  static all: Connection[] = [];
  readyState = 1;
  closed = false;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    super();
    Connection.all.push(this);
  }

  close(): void {
    this.closed = true;
  }

  open(): void {
    this.dispatchEvent(new Event("open"));
  }

  tell(revision: number, status: JobUpdate["status"] = "processing"): void {
    this.message({ type: "job.update", job: { id: JOB, status, progress: revision, updated_at: null, revision } });
  }

  message(message: object): void {
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(message) }));
  }

  lose(code = 1006): void {
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }
}

let socket: JobSocket;
const updates: JobUpdate[] = [];
const missing = vi.fn();

function follow(after?: number): void {
  socket = new JobSocket(JOB, { onUpdate: (job) => updates.push(job), onMissing: missing }, after);
}

/** Return the newest connection, once there are `count`. */
async function connectionNumber(count: number): Promise<Connection> {
  await vi.waitFor(() => expect(Connection.all).toHaveLength(count));
  return Connection.all.at(-1) as Connection;
}

function hide(hidden: boolean): void {
  vi.spyOn(document, "hidden", "get").mockReturnValue(hidden);
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  Connection.all = [];
  updates.length = 0;
  missing.mockReset();
  vi.stubGlobal("WebSocket", Connection);
  vi.spyOn(Math, "random").mockReturnValue(0);
  begin({ token: "first", userId: 1, username: "doctor", isAdministrator: false });
});

afterEach(() => {
  socket.close();
  end();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test("the token is a subprotocol, and no part of the address", async () => {
  follow();
  const connection = await connectionNumber(1);
  expect(connection.protocols).toEqual(["bearer", "first"]);
  expect(new URL(connection.url).pathname).toBe(`/ws/jobs/${JOB}`);
  expect(new URL(connection.url).search).toBe("");
});

test("each state is received, and the first connection may begin after a revision", async () => {
  follow(3);
  const connection = await connectionNumber(1);
  expect(connection.url).toMatch(/\?after=3$/);
  connection.open();
  expect(socket.state.value).toBe("open");
  connection.tell(4);
  connection.tell(5, "completed");
  expect(updates.map(({ revision, status }) => [revision, status])).toEqual([
    [4, "processing"],
    [5, "completed"],
  ]);
});

describe("a connection that is lost", () => {
  test("comes back after the last received revision", async () => {
    follow();
    (await connectionNumber(1)).tell(7);
    Connection.all[0]?.lose(1013);
    await vi.waitFor(() => expect(socket.state.value).toBe("lost"));
    expect((await connectionNumber(2)).url).toMatch(/\?after=7$/);
  });

  test("comes back at once when the network does", async () => {
    vi.spyOn(AbortSignal, "timeout").mockReturnValue(new AbortController().signal);
    follow();
    (await connectionNumber(1)).lose();
    await vi.waitFor(() => expect(socket.state.value).toBe("lost"));
    dispatchEvent(new Event("online"));
    await connectionNumber(2);
  });

  test("waits longer after each failure, and no longer than before after a message", async () => {
    vi.stubGlobal("fetch", async () => Response.json({}));
    const pauses = vi.spyOn(AbortSignal, "timeout").mockReturnValue(AbortSignal.abort());
    follow();
    for (let count = 1; count <= 9; count += 1) {
      (await connectionNumber(count)).lose();
    }
    (await connectionNumber(10)).tell(1);
    Connection.all[9]?.lose();
    await connectionNumber(11);
    const waited = pauses.mock.calls.map(([milliseconds]) => milliseconds);
    expect(waited).toEqual([250, 500, 1000, 2000, 4000, 8000, 15000, 15000, 15000, 250]);
  });
});

describe("a token that has ended", () => {
  test("is asked for again, and the socket goes on with the new one", async () => {
    follow();
    (await connectionNumber(1)).lose(4401);
    await vi.waitFor(() => expect(isExpired.value).toBe(true));
    begin({ token: "second", userId: 1, username: "doctor", isAdministrator: false });
    expect((await connectionNumber(2)).protocols).toEqual(["bearer", "second"]);
  });

  test("is noticed when the handshake is refused, which a browser does not explain", async () => {
    vi.spyOn(AbortSignal, "timeout").mockReturnValue(AbortSignal.abort());
    vi.stubGlobal("fetch", async () => Response.json({ detail: "" }, { status: 401 }));
    follow();
    (await connectionNumber(1)).lose();
    (await connectionNumber(2)).lose();
    await vi.waitFor(() => expect(isExpired.value).toBe(true));
    end();
    await vi.waitFor(() => expect(socket.state.value).toBe("closed"));
    expect(Connection.all).toHaveLength(2);
  });
});

test("a job that is missing is told, and the socket waits for it until the server closes with 4404", async () => {
  follow();
  const connection = await connectionNumber(1);
  connection.message({ type: "job.not_found", job_id: JOB });
  expect(missing).toHaveBeenCalledTimes(1);
  connection.tell(0);
  expect(updates).toHaveLength(1);
  connection.lose(4404);
  await vi.waitFor(() => expect(socket.state.value).toBe("closed"));
  expect(Connection.all).toHaveLength(1);
});

test("a hidden page holds no connection, and has one again when it is seen", async () => {
  follow();
  const connection = await connectionNumber(1);
  connection.tell(2);
  hide(true);
  await vi.waitFor(() => expect(connection.closed).toBe(true));
  expect(Connection.all).toHaveLength(1);
  hide(false);
  expect((await connectionNumber(2)).url).toMatch(/\?after=2$/);
});

test("a connection that is not open yet is closed as soon as it is", async () => {
  follow();
  const connection = await connectionNumber(1);
  connection.readyState = connection.CONNECTING;
  socket.close();
  await Promise.resolve();
  expect(connection.closed).toBe(false);
  await vi.waitFor(() => {
    connection.open();
    expect(connection.closed).toBe(true);
  });
  expect(socket.state.value).toBe("closed");
});

test("a closed socket receives nothing and does not come back", async () => {
  follow();
  const connection = await connectionNumber(1);
  socket.close();
  await vi.waitFor(() => expect(connection.closed).toBe(true));
  connection.tell(1);
  connection.lose();
  expect(updates).toEqual([]);
  expect(socket.state.value).toBe("closed");
});
