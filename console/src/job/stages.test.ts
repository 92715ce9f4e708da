import { expect, it } from "vitest";
import type { JobStatus } from "../api/models";
import { stagesOf } from "./stages";

const current = (status: JobStatus, progress: number) =>
  stagesOf(status, progress).find(({ state }) => state === "current" || state === "stopped");

it("a queued job waits, whatever its progress is", () => {
  expect(current("queued", 0)).toEqual({ name: "queue", state: "current" });
});

it("the stage under way is the one whose share of the progress is not full", () => {
  const names = [0, 4, 5, 10, 19, 20, 40, 79, 80, 90, 95, 99].map((progress) => current("processing", progress)?.name);
  expect(names).toEqual([
    ...["fetch", "fetch", "verify", "index", "index", "decode", "detect", "detect", "measure", "write", "done", "done"],
  ]);
});

it("all before the stage under way is done, and all after it waits", () => {
  const states = stagesOf("processing", 44).map(({ state }) => state);
  expect(states).toEqual(["done", "done", "done", "done", "done", "current", "waiting", "waiting", "waiting"]);
});

it("a failed or cancelled job stopped where its progress ends", () => {
  expect(current("failed", 20)).toEqual({ name: "decode", state: "stopped" });
  expect(current("cancelled", 60)).toEqual({ name: "detect", state: "stopped" });
});

it("all stages of a completed job are done", () => {
  expect(stagesOf("completed", 100).every(({ state }) => state === "done")).toBe(true);
});
