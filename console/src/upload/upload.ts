import { signal } from "@preact/signals";
import { ApiError, UNREACHABLE } from "../api/api-error";
import type { Job } from "../api/models";
import type { ChosenFile } from "./chosen-files";
import { Examination } from "./examination";
import { Cancelled, isObstacle, type Obstacle, RefusedFiles } from "./obstacles";
import type { Pace } from "./pace";
import { type Payload, payloadName, refusalOf, sentPaths } from "./prepared";
import { unreadable } from "./reading";
import { type Draft, submit } from "./submission";
import { uniqueKey } from "./unique-key";

/** Where an upload stands. */
export type Step =
  | { readonly kind: "examining"; readonly read: number }
  | { readonly kind: "ready" }
  | { readonly kind: "sending"; readonly pace: Pace }
  | { readonly kind: "stopped"; readonly obstacle: Obstacle };

/** Files on their way to become a job: examined as soon as they are found, sent when the user says so, and again. */
export class Upload {
  readonly files: ChosenFile[] = [];
  /** How many of the chosen files are not sent. */
  ignored = 0;
  size = 0;
  readonly step = signal<Step>({ kind: "examining", read: 0 });
  /** Whether the user has said so, and it is not over. */
  readonly isUnderWay = signal(false);
  readonly #left = new AbortController();
  readonly #examination = new Examination((read) => (this.step.value = { kind: "examining", read }), this.#left.signal);
  readonly #pathOf = sentPaths();
  readonly #payload = this.#prepare();
  #sending = new AbortController();
  #key = { of: "", value: "" };

  constructor() {
    this.#payload.then(() => (this.step.value = { kind: "ready" }), this.#stopped);
  }

  /** Return an upload of files that are all known. */
  static of(files: readonly ChosenFile[]): Upload {
    const upload = new Upload();
    files.forEach((file) => upload.add(file));
    upload.end();
    return upload;
  }

  /** Add a file that was found. */
  add({ path, file }: ChosenFile): void {
    const sentAs = this.#pathOf(path);
    if (sentAs === null) {
      this.ignored += 1;
      return;
    }
    const sent = { path: sentAs, file };
    this.files.push(sent);
    this.size += file.size;
    this.#examination.add(sent);
  }

  /** There are no more files. */
  end(): void {
    this.#examination.end();
  }

  /** Send the files, as soon as they are examined. Returns the job, or null when something stood in the way. */
  async send(draft: Draft): Promise<Job | null> {
    this.#sending = new AbortController();
    const stop = AbortSignal.any([this.#left.signal, this.#sending.signal]);
    this.isUnderWay.value = true;
    try {
      const submission = { payload: await this.#payload, draft, key: this.#keyOf(draft) };
      stop.throwIfAborted();
      return await submit(submission, (pace) => (this.step.value = { kind: "sending", pace }), stop);
    } catch (reason) {
      this.#stopped(await this.#causeOf(reason));
      return null;
    } finally {
      this.isUnderWay.value = false;
    }
  }

  /** Stop sending; the files stay chosen. */
  cancel(): void {
    this.#sending.abort(new Cancelled());
  }

  /** Stop for good: other files were chosen, or the session has ended. */
  leave(): void {
    this.#left.abort(new Cancelled());
  }

  async #prepare(): Promise<Payload> {
    const { kinds, content } = await this.#examination.found;
    const refusal = refusalOf(kinds);
    if (refusal !== null) {
      throw new RefusedFiles(refusal);
    }
    return { name: payloadName(this.files), content };
  }

  /** A browser reports a file that it could not read while it sent it as a lost connection. */
  async #causeOf(reason: unknown): Promise<unknown> {
    const isLost = reason instanceof ApiError && reason.status === UNREACHABLE;
    return (isLost ? await unreadable(this.files) : null) ?? reason;
  }

  readonly #stopped = (reason: unknown): void => {
    if (!isObstacle(reason)) {
      throw reason;
    }
    this.step.value = { kind: "stopped", obstacle: reason };
  };

  /** The key of these files with these texts: trying again makes no second job, and another title makes another. */
  #keyOf(draft: Draft): string {
    const of = JSON.stringify(draft);
    this.#key = this.#key.of === of ? this.#key : { of, value: uniqueKey() };
    return this.#key.value;
  }
}
