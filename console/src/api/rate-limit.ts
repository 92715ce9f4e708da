import { signal } from "@preact/signals";

/** The time (ms since 1970) until which requests wait for the rate limit; null while none waits. The shell shows it. */
export const waitingUntil = signal<number | null>(null);

let waiting = 0;

/** Wait as long as the server asked for. Rejects when `abort` says so. */
export async function waitOut(seconds: number, abort?: AbortSignal): Promise<void> {
  waiting += 1;
  waitingUntil.value = Math.max(waitingUntil.value ?? 0, Date.now() + seconds * 1000);
  try {
    await pause(seconds * 1000, abort);
  } finally {
    waiting -= 1;
    waitingUntil.value = waiting > 0 ? waitingUntil.value : null;
  }
}

function pause(milliseconds: number, abort?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(abort?.reason);
    };
    const timer = setTimeout(() => {
      abort?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    abort?.addEventListener("abort", stop, { once: true });
    if (abort?.aborted) {
      stop();
    }
  });
}
