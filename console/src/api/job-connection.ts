import { addressOf } from "./client";
import type { Job } from "./models";

/** A state of a job, as its socket tells it; what only the owner receives is missing for others. */
export type JobUpdate = Pick<Job, "id" | "status" | "progress" | "updated_at"> &
  Partial<Pick<Job, "title" | "created_at" | "file_name" | "file_size" | "results_payload" | "failure">> & {
    revision?: number;
  };

/** A message of the socket of a job (channel `jobSocket` of contracts/asyncapi.yaml). */
export type JobMessage = { type: "job.update"; job: JobUpdate } | { type: "job.not_found"; job_id: string };

/** The close code of a connection that this side has given up: it may be dead, and then nobody else closes it. */
export const GIVEN_UP = 4000;

/** What happens to one connection. */
export interface ConnectionEvents {
  onOpen: () => void;
  onMessage: (message: JobMessage) => void;
}

/** Hold one connection to the socket of a job, and return its close code. `stop` gives it up, and so does a hidden page. */
export async function connection(
  id: string,
  { token, after }: { token: string; after: number | undefined },
  { onOpen, onMessage }: ConnectionEvents,
  stop: AbortSignal,
): Promise<number> {
  const socket = new WebSocket(socketAddress(id, after), ["bearer", token]);
  const over = new AbortController();
  const heard = { signal: over.signal };
  try {
    return await new Promise<number>((resolve) => {
      const giveUp = () => resolve(GIVEN_UP);
      socket.addEventListener("open", onOpen, heard);
      socket.addEventListener("message", ({ data }) => onMessage(JSON.parse(data as string) as JobMessage), heard);
      socket.addEventListener("close", ({ code }) => resolve(code), heard);
      stop.addEventListener("abort", giveUp, heard);
      window.addEventListener("online", giveUp, heard);
      document.addEventListener("visibilitychange", giveUp, heard);
    });
  } finally {
    over.abort();
    leave(socket);
  }
}

/** Close a socket. Browsers complain about one that is closed before it is open, so that one is closed as soon as it is. */
function leave(socket: WebSocket): void {
  if (socket.readyState === socket.CONNECTING) {
    socket.addEventListener("open", () => socket.close());
  } else {
    socket.close();
  }
}

function socketAddress(id: string, after: number | undefined): string {
  const address = new URL(addressOf("/ws/jobs/{id}", { id }, { after }), location.origin);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  return address.href;
}
