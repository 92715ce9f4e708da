import { expect, test } from "vitest";
import type { Job, JobStatus } from "../api/models";
import { followed, MAX_SOCKETS, updated } from "./progress";

function job(id: string, status: JobStatus, rest: Partial<Job> = {}): Job {
  const file = { file_name: "ct.zip", file_size: 1, results_payload: null, results_parsed_at: null, failure: null };
  const times = { created_at: "2026-01-01T00:00:00Z", updated_at: null };
  return { id, number: 1, title: id, description: null, status, progress: 0, owner_id: 1, ...file, ...times, ...rest };
}

test("jobs that have ended are not followed", () => {
  const jobs = [job("a", "completed"), job("b", "failed"), job("c", "cancelled"), job("d", "queued")];
  expect(followed(jobs)).toEqual(["d"]);
});

test("at most four are followed: first what is analysed, then what has waited longest", () => {
  const queued = ["q5", "q4", "q3", "q2", "q1"].map((id) => job(id, "queued"));
  const jobs = [...queued, job("p", "processing")];
  expect(followed(jobs)).toEqual(["p", "q1", "q2", "q3"]);
  expect(MAX_SOCKETS).toBe(4);
});

test("a job that still needs its file is followed last", () => {
  expect(followed([job("new", "queued"), job("no file", "queued", { file_name: null })])).toEqual(["new", "no file"]);
});

test("what a socket told is shown, unless the list is newer", () => {
  const listed = job("a", "processing", { progress: 10, updated_at: "2026-01-01T00:00:05Z" });
  const later = { id: "a", status: "completed", progress: 100, updated_at: "2026-01-01T00:00:06Z", revision: 9 } as const;
  expect(updated(listed, later)).toMatchObject({ status: "completed", progress: 100, title: "a" });
  expect(updated(listed, { ...later, updated_at: "2026-01-01T00:00:04Z" })).toEqual(listed);
  expect(updated(listed, undefined)).toEqual(listed);
});
