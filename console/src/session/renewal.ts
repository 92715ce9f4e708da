import { signal } from "@preact/signals";
import { session } from "./token";

/** Whether the token is not valid any more, and the user is asked to sign in again over the screen that they see. */
export const isExpired = signal(false);

/**
 * Wait until the session has another token than `refused`; false when it has ended instead.
 *
 * The screen stays as it is behind the question, with all that was typed, and its request is then sent again.
 */
export function renewed(refused: string, abort?: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    if (session.value?.token === refused) {
      isExpired.value = true;
    }
    let stop: () => void = () => undefined;
    const aborted = () => {
      stop();
      reject(abort?.reason);
    };
    stop = session.subscribe((current) => {
      if (current?.token !== refused) {
        queueMicrotask(() => stop());
        abort?.removeEventListener("abort", aborted);
        isExpired.value = false;
        resolve(current !== null);
      }
    });
    abort?.addEventListener("abort", aborted, { once: true });
  });
}
