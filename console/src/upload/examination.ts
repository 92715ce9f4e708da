import type { ChosenFile } from "./chosen-files";
import type { ContentKind } from "./content-kind";
import { UnreadableFile } from "./obstacles";

/** What files are, in no order, and what is sent for them: one file as it is, or the ZIP of several. */
export interface Examined {
  readonly kinds: readonly ContentKind[];
  readonly content: Blob;
}

/** What the worker is sent: files, and at last that there are no more. */
export type WorkerOrder = { readonly files: readonly ChosenFile[]; readonly isLast: boolean };

/** What the worker says: how many bytes it has read, then what it found, or the file that it could not read. */
export type WorkerMessage =
  | { readonly read: number }
  | { readonly found: Examined }
  | { readonly unreadable: string };

/** As many files are sent to the worker at once. */
const BATCH = 256;

/** The examination of files in a worker, which begins while they are still looked for. */
export class Examination {
  readonly found: Promise<Examined>;
  readonly #worker = new Worker(new URL("./examination-worker.ts", import.meta.url), { type: "module" });
  #batch: ChosenFile[] = [];
  #first = "";

  /** `stop` ends it, and rejects with its reason. */
  constructor(onRead: (bytes: number) => void, stop: AbortSignal) {
    this.found = new Promise<Examined>((resolve, reject) => {
      stop.addEventListener("abort", () => reject(stop.reason));
      this.#worker.onerror = () => reject(new UnreadableFile(this.#first));
      this.#worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
        if ("read" in data) {
          onRead(data.read);
        } else if ("found" in data) {
          resolve(data.found);
        } else {
          reject(new UnreadableFile(data.unreadable));
        }
      };
    }).finally(() => this.#worker.terminate());
  }

  /** Examine a file, too. */
  add(file: ChosenFile): void {
    this.#first ||= file.path;
    this.#batch.push(file);
    if (this.#batch.length >= BATCH) {
      this.#send(false);
    }
  }

  /** There are no more files. */
  end(): void {
    this.#send(true);
  }

  #send(isLast: boolean): void {
    this.#worker.postMessage({ files: this.#batch, isLast } satisfies WorkerOrder);
    this.#batch = [];
  }
}
