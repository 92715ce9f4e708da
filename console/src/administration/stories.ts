import { api } from "../api/client";
import type { AuditHistory, AuditVerification } from "../api/models";

const STORIES = { job: "/audit/job/{reference}", user: "/audit/user/{reference}", file: "/audit/file/{reference}" } as const;
const VERIFICATIONS = {
  job: "/audit/job/{reference}/verify",
  user: "/audit/user/{reference}/verify",
  file: "/audit/file/{reference}/verify",
} as const;

/** What has a story. */
export const KINDS = ["job", "user", "file"] as const;
/** One of them. */
export type Kind = (typeof KINDS)[number];

/** What the story is asked of: the address says it. */
export interface Subject {
  readonly kind: Kind;
  /** A UUID or a number; nothing before one is asked for. */
  readonly reference: string;
  /** A revision or a time as the API takes it; nothing for now. */
  readonly asOf: string;
}

/** Return the subject that an address names: `audit/job/<uuid>?as_of=…`. */
export function subjectOf([, kind, reference = ""]: readonly string[], query: Readonly<Record<string, string>>): Subject {
  return { kind: KINDS.find((known) => known === kind) ?? "job", reference, asOf: query.as_of ?? "" };
}

/** Return the path and the query of a subject's address. */
export function addressOfSubject({ kind, reference, asOf }: Subject): [path: string[], query: Record<string, string>] {
  return [["audit", kind, ...(reference === "" ? [] : [reference])], asOf === "" ? {} : { as_of: asOf }];
}

/** Ask for a story. Each time is recorded by the API. */
export function storyOf({ kind, reference, asOf }: Subject, signal: AbortSignal): Promise<AuditHistory> {
  return api.get(STORIES[kind], { path: { reference }, query: { as_of: asOf }, signal });
}

/** Ask whether the events are as they were recorded. Each time is recorded by the API. */
export function verificationOf({ kind, reference }: Subject): Promise<AuditVerification> {
  return api.get(VERIFICATIONS[kind], { path: { reference } });
}
