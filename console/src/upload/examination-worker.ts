import type { ChosenFile } from "./chosen-files";
import type { WorkerMessage, WorkerOrder } from "./examination";
import { examine } from "./file-examination";
import { UnreadableFile } from "./obstacles";

const NEWS_INTERVAL = 200;

/** The worker that reads files, so that the page stays awake: it is sent files, and answers with `WorkerMessage`s. */
const page = self as unknown as { postMessage: (message: WorkerMessage) => void };
let read = 0;
let told = 0;

function onRead(bytes: number): void {
  read += bytes;
  if (Date.now() - told >= NEWS_INTERVAL) {
    told = Date.now();
    page.postMessage({ read });
  }
}

const orders = new ReadableStream<readonly ChosenFile[]>({
  start(controller) {
    self.onmessage = ({ data }: MessageEvent<WorkerOrder>) => {
      controller.enqueue(data.files);
      if (data.isLast) {
        controller.close();
      }
    };
  },
});

async function* batches(): AsyncGenerator<readonly ChosenFile[]> {
  const reader = orders.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    yield next.value;
  }
}

async function work(): Promise<void> {
  try {
    page.postMessage({ found: await examine(batches(), onRead) });
  } catch (reason) {
    if (!(reason instanceof UnreadableFile)) {
      throw reason;
    }
    page.postMessage({ unreadable: reason.fileName });
  }
}

void work();
