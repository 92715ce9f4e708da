import { computed, effect, signal } from "@preact/signals";
import type { Job } from "../api/models";
import { session } from "../session/token";
import type { Draft } from "./submission";
import type { Upload } from "./upload";

const EMPTY: Draft = { title: "", description: "" };

/** The upload of this tab. It goes on while the reader looks at other screens. */
export const upload = signal<Upload | null>(null);

/** The title and the description of the next job, as far as they are typed. */
export const draft = signal<Draft>(EMPTY);

/** Choose files, instead of those that were chosen before. */
export function choose(chosen: Upload): void {
  upload.peek()?.leave();
  upload.value = chosen;
}

/** Choose nothing, and stop what is under way. */
export function forget(): void {
  upload.peek()?.leave();
  upload.value = null;
  draft.value = EMPTY;
}

/** Send what is chosen. Returns the job; null when something stood in the way, or it is not wanted any more. */
export async function send(): Promise<Job | null> {
  const sent = upload.value;
  const job = (await sent?.send(draft.value)) ?? null;
  if (job === null || upload.value !== sent) {
    return null;
  }
  forget();
  return job;
}

const userId = computed(() => session.value?.userId ?? null);

// The next user of this tab must not find the files of the one before, nor send them.
let owner = userId.peek();
effect(() => {
  if (userId.value !== owner) {
    owner = userId.value;
    forget();
  }
});

// Leaving the page ends the upload: the browser asks first, in words of its own.
effect(() => {
  if (upload.value?.isUnderWay.value) {
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }
  return undefined;
});

function ask(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
