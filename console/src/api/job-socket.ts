import { signal } from "@preact/signals";
import { renewed } from "../session/renewal";
import { session } from "../session/token";
import { ApiError } from "./api-error";
import { addressOf } from "./client";
import { connection, GIVEN_UP, type JobMessage, type JobUpdate } from "./job-connection";
import { backOff, untilVisible } from "./reconnection";
import { send } from "./send";

const TOKEN_ENDED = 4401;
const NO_SUCH_JOB = 4404;

/** How a socket stands: `lost` between two tries, `closed` when there will be no other. */
export type SocketState = "connecting" | "open" | "lost" | "closed";

/** What a screen does with the messages of a job's socket. */
export interface JobListener {
  /** Receive the current state, and each later one. */
  onUpdate: (job: JobUpdate) => void;
  /** Learn that no job has the id: it is deleted, or not there yet. */
  onMissing?: () => void;
}

/**
 * The socket of a job: it comes back whenever it is lost, and receives each state once.
 *
 * It is closed while the page is hidden: a user has five sockets, and another tab may need them.
 */
export class JobSocket {
  readonly state = signal<SocketState>("connecting");
  readonly #closed = new AbortController();
  #failures = 0;

  constructor(
    readonly id: string,
    private readonly listener: JobListener,
    /** The revision whose later states are received; without it, the current one comes first. */
    private after?: number,
  ) {
    void this.#follow();
  }

  /** Close it for good. Nothing is received any more. */
  close(): void {
    this.#closed.abort();
    this.state.value = "closed";
  }

  async #follow(): Promise<void> {
    const stop = this.#closed.signal;
    let isWanted = true;
    while (isWanted && !stop.aborted) {
      await untilVisible(stop);
      const token = session.value?.token;
      isWanted = !stop.aborted && token !== undefined && (await this.#connectedOnce(token));
    }
    this.close();
  }

  /** Hold one connection, and return whether there should be another. */
  async #connectedOnce(token: string): Promise<boolean> {
    const stop = this.#closed.signal;
    this.state.value = "connecting";
    const events = { onOpen: () => this.#opened(), onMessage: (message: JobMessage) => this.#received(message) };
    const code = await connection(this.id, { token, after: this.after }, events, stop);
    if (stop.aborted || code === GIVEN_UP) {
      return !stop.aborted;
    }
    this.state.value = "lost";
    return this.#mayComeBack(code, token);
  }

  async #mayComeBack(code: number, token: string): Promise<boolean> {
    if (code === NO_SUCH_JOB) {
      this.listener.onMissing?.();
      return false;
    }
    if (code === TOKEN_ENDED) {
      return renewed(token, this.#closed.signal).catch(() => false);
    }
    await backOff(this.#failures, this.#closed.signal);
    this.#failures += 1;
    return this.#failures < 2 || this.#isAnswered();
  }

  #opened(): void {
    this.state.value = "open";
  }

  #received(message: JobMessage): void {
    this.#failures = 0;
    if (message.type === "job.not_found") {
      this.listener.onMissing?.();
      return;
    }
    this.after = message.job.revision;
    this.listener.onUpdate(message.job);
  }

  /** Ask for the job by HTTP: a browser does not say why a handshake was refused. An ended session is renewed by it. */
  async #isAnswered(): Promise<boolean> {
    try {
      await send(addressOf("/jobs/{id}", { id: this.id }), { signal: this.#closed.signal });
    } catch (reason) {
      return reason instanceof ApiError && ![401, 404].includes(reason.status);
    }
    return true;
  }
}
