import { api } from "../api/client";
import type { Job } from "../api/models";
import { answered, headersOf } from "../api/send";
import { type Pace, pacer } from "./pace";
import type { Payload } from "./prepared";
import { exceeded } from "./quotas";
import { transferred } from "./transfer";

/** What the user says of a job. */
export interface Draft {
  readonly title: string;
  readonly description: string;
}

/** A job to create. The same key again creates no second one. */
export interface Submission {
  readonly payload: Payload;
  readonly draft: Draft;
  readonly key: string;
}

/**
 * Create a job, and return it.
 *
 * The limits are asked for first: what can't be stored is not sent, and an ended session is renewed before the bytes move.
 * Rejects with `TooLarge`, with `QuotaExceeded`, with an `ApiError`, or with the reason of `signal`.
 */
export async function submit(submission: Submission, onPace: (pace: Pace) => void, signal: AbortSignal): Promise<Job> {
  const { payload, key } = submission;
  const obstacle = exceeded(await api.get("/auth/me", { signal }), payload.content.size);
  if (obstacle !== null) {
    throw obstacle;
  }
  const answer = await answered(
    (token) => {
      const pace = pacer();
      const onSent = (sent: number, total: number) => onPace(pace(sent, total, Date.now()));
      onSent(0, payload.content.size);
      const headers = { ...headersOf(token), "Idempotency-Key": key };
      return transferred({ path: "/jobs", form: formOf(submission), headers, onSent, signal });
    },
    { signal },
  );
  return (await answer.json()) as Job;
}

/** Texts stand before the file: the API can judge them before it has read the file. */
function formOf({ payload, draft }: Submission): FormData {
  const form = new FormData();
  for (const [name, text] of Object.entries({ title: draft.title.trim(), description: draft.description.trim() })) {
    if (text !== "") {
      form.append(name, text);
    }
  }
  form.append("file", payload.content, payload.name);
  return form;
}
