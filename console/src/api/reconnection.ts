const FIRST_PAUSE = 500;
const MAX_PAUSE = 30_000;

/** Wait before the next try: twice as long after each failure, and at random, so that not all clients come at once. */
export function backOff(failures: number, stop: AbortSignal): Promise<void> {
  const longest = Math.min(MAX_PAUSE, FIRST_PAUSE * 2 ** failures);
  const waited = AbortSignal.any([stop, AbortSignal.timeout(longest * (0.5 + Math.random() / 2))]);
  return happened(window, "online", waited);
}

/** Wait until the page is in sight, or `stop`. */
export async function untilVisible(stop: AbortSignal): Promise<void> {
  while (document.hidden && !stop.aborted) {
    await happened(document, "visibilitychange", stop);
  }
}

/** Resolve at the next event of a name, or at `stop`. */
function happened(target: EventTarget, name: string, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) {
      resolve();
    }
    target.addEventListener(name, () => resolve(), { once: true, signal: stop });
    stop.addEventListener("abort", () => resolve(), { once: true });
  });
}
